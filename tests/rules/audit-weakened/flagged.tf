resource "vault_audit" "file" {
  type = "file"
  options = {
    file_path     = "/var/log/vault/audit.log"
    log_raw       = "true" # expect: audit-weakened
    hmac_accessor = "false" # expect: audit-weakened
  }
}

resource "vault_audit" "nowhere" {
  type = "file"
  path = "nowhere"
  options = {
    file_path = "/dev/null" # expect: audit-weakened
  }
}

resource "vault_mount" "kv" {
  path                         = "kv"
  type                         = "kv"
  audit_non_hmac_response_keys = ["client_nonce", "password"] # expect: audit-weakened
}
