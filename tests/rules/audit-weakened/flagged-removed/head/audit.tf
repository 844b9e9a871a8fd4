resource "vault_audit" "file" { # expect: audit-weakened
  type  = "file"
  count = 0
  options = {
    file_path = "/var/log/vault/audit.log"
  }
}

resource "vault_audit" "syslog" {
  type = "syslog"
}
