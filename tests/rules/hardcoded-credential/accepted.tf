variable "api_token" {
  type      = string
  sensitive = true
}

provider "example" {
  client_secret = var.client_secret
  private_key   = file("keys/app.pem")
  token         = "${data.vault_kv_secret_v2.api.data["token"]}"
}

resource "vault_jwt_auth_backend_role" "ci" {
  user_claim     = "project_id"
  token_policies = ["ci"]
}
