resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    ref = "main" # expect: vault-role-loosened
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
