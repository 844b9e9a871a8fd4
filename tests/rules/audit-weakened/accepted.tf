resource "vault_audit" "file" {
  type = "file"
  options = {
    file_path = "/var/log/vault/audit.log"
  }
}

resource "vault_audit" "syslog" {
  type = "syslog"
}

resource "vault_mount" "kv" {
  path                        = "kv"
  type                        = "kv"
  audit_non_hmac_request_keys = ["client_nonce", "role"]
}
