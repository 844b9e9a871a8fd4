resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main" # expect: vault-role-ref-unprotected
    ref_protected = "true"
    ref_type = "branch"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "release" {
  backend = "jwt"
  role_name = "release"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims_type = "glob"
  bound_claims = {
    project_id = "42"
    ref = "release/*" # expect: vault-role-ref-unprotected
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "path" {
  backend = "jwt"
  role_name = "path"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref_path = "refs/heads/main" # expect: vault-role-ref-unprotected
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "prod_any" {
  backend = "jwt"
  role_name = "prod-any"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = { # expect: vault-role-ref-unprotected
    project_id = "42"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
