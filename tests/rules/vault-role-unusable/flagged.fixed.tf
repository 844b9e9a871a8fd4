resource "vault_jwt_auth_backend_role" "app" { # expect: vault-role-unusable
  backend = "jwt"
  role_name = "app"
  user_claim = "project_id"
  role_type = "jwt"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "number" {
  backend = "jwt"
  role_name = "number"
  role_type = "jwt"
  user_claim = "project_id" # expect: vault-role-unusable
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
