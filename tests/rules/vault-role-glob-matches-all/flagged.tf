resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims_type = "glob"
  bound_claims = {
    project_id = "*" # expect: vault-role-glob-matches-all
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "any_ref" {
  backend = "jwt"
  role_name = "any-ref"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims_type = "glob"
  bound_claims = {
    project_id = "42"
    ref = "*" # expect: vault-role-glob-matches-all
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
