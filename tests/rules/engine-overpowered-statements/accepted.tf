resource "vault_database_secret_backend_role" "shop" {
  backend     = "database"
  name        = "shop"
  db_name     = "shop"
  default_ttl = 3600
  max_ttl     = 7200
  creation_statements = [
    "CREATE ROLE \"{{name}}\" WITH LOGIN NOSUPERUSER PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';",
    "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA shop TO \"{{name}}\";",
  ]
}

resource "vault_database_secret_backend_connection" "shop" {
  backend       = "database"
  name          = "shop"
  allowed_roles = ["shop"]
}
