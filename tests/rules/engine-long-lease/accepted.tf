resource "vault_mount" "database" {
  path                  = "database"
  type                  = "database"
  max_lease_ttl_seconds = 3600
}

resource "vault_database_secret_backend_role" "by_mount" {
  backend = vault_mount.database.path
  name    = "by-mount"
  db_name = "shop"
}

resource "vault_database_secret_backend_role" "hour" {
  backend     = "other"
  name        = "hour"
  db_name     = "shop"
  default_ttl = 60 * 60
  max_ttl     = 2 * 60 * 60
}

resource "vault_database_secret_backend_role" "unknown" {
  backend = "other"
  name    = "unknown"
  db_name = "shop"
  max_ttl = var.max_ttl
}

resource "vault_ssh_secret_backend_role" "otp" {
  backend  = "ssh"
  name     = "otp"
  key_type = "otp"
}
