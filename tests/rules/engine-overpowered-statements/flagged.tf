resource "vault_database_secret_backend_role" "shop" {
  backend     = "database"
  name        = "shop"
  db_name     = "shop"
  default_ttl = 3600
  max_ttl     = 7200
  creation_statements = [
    "CREATE ROLE \"{{name}}\" WITH SUPERUSER LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';", # expect: engine-overpowered-statements
    "GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA public TO \"{{name}}\";", # expect: engine-overpowered-statements
  ]
}

resource "vault_database_secret_backend_connection" "shop" {
  backend       = "database"
  name          = "shop"
  allowed_roles = ["*"] # expect: engine-overpowered-statements
}
