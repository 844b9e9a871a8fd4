resource "vault_audit" "file" {
  type = "file"
  path = "file-2"
  options = {
    file_path = "/var/log/vault/audit.log"
  }
}

resource "vault_audit" "syslog" {
  type = "syslog"
}
