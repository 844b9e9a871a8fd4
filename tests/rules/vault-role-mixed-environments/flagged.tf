resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-prod", "app-staging"] # expect: vault-role-mixed-environments
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "refs" {
  backend = "jwt"
  role_name = "refs"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main,develop" # expect: vault-role-mixed-environments
    ref_protected = "true"
  }
  token_policies = ["app-prod"]
  token_explicit_max_ttl = 300
}
