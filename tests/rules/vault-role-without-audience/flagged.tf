resource "vault_jwt_auth_backend_role" "app" { # expect: vault-role-without-audience
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "empty" {
  backend = "jwt"
  role_name = "empty"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = [] # expect: vault-role-without-audience
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
