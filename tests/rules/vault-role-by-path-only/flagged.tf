resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_path = "group/app" # expect: vault-role-by-path-only
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "subject" {
  backend = "jwt"
  role_name = "subject"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
  bound_subject = "project_path:group/app:ref_type:branch:ref:main" # expect: vault-role-by-path-only
}
