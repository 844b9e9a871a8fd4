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
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "group" {
  backend = "jwt"
  role_name = "group"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    namespace_id = "7"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "github" {
  backend = "jwt"
  role_name = "github"
  role_type = "jwt"
  user_claim = "repository"
  bound_audiences = ["https://vault.example.com"]
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
  bound_subject = "repo:o/r:ref:refs/heads/main"
}
