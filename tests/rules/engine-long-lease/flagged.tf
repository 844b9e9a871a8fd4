resource "vault_database_secret_backend_role" "forever" { # expect: engine-long-lease
  backend = "database"
  name    = "forever"
  db_name = "shop"
}

resource "vault_database_secret_backend_role" "week" {
  backend     = "database"
  name        = "week"
  db_name     = "shop"
  default_ttl = 3600
  max_ttl     = 7 * 24 * 3600 # expect: engine-long-lease
}

resource "vault_pki_secret_backend_role" "years" {
  backend = "pki"
  name    = "years"
  max_ttl = "8760h" # expect: engine-long-lease
}

resource "vault_database_secret_backend_static_role" "old" { # expect: engine-long-lease
  backend  = "database"
  name     = "old"
  db_name  = "shop"
  username = "shop"
}
