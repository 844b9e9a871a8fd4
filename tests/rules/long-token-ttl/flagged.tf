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
  token_ttl = 86400 # expect: long-token-ttl
}
resource "vault_jwt_auth_backend_role" "nothing" { # expect: long-token-ttl
  backend = "jwt"
  role_name = "nothing"
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
}
resource "vault_jwt_auth_backend_role" "periodic" {
  backend = "jwt"
  role_name = "periodic"
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
  token_period = 3600 # expect: long-token-ttl
}
resource "vault_jwt_auth_backend_role" "two_hours" {
  backend = "jwt"
  role_name = "two-hours"
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
  token_explicit_max_ttl = 7200 # expect: long-token-ttl
}
