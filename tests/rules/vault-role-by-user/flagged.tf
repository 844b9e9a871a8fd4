resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    user_login = "alice" # expect: vault-role-by-user
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "owner" {
  backend = "jwt"
  role_name = "owner"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    user_access_level = "owner" # expect: vault-role-by-user
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
