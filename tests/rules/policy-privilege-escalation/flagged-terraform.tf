variable "mount" {
  default = "jwt"
}

data "vault_policy_document" "admin" {
  rule {
    path         = "auth/${var.mount}/role/*" # expect: policy-privilege-escalation
    capabilities = ["create", "update"]
  }
}

resource "vault_policy" "admin" {
  name   = "admin"
  policy = data.vault_policy_document.admin.hcl
}
