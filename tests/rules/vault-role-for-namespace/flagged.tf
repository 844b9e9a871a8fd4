resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    namespace_id = "7" # expect: vault-role-for-namespace
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "glob" {
  backend = "jwt"
  role_name = "glob"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims_type = "glob"
  bound_claims = {
    project_path = "group/*" # expect: vault-role-for-namespace
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}

resource "vault_jwt_auth_backend_role" "several" {
  backend         = "jwt"
  role_name       = "several"
  role_type       = "jwt"
  user_claim      = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    namespace_id  = "7,8" # expect: vault-role-for-namespace
    ref           = "main"
    ref_type      = "branch"
    ref_protected = "true"
  }
  token_policies         = ["app-read"]
  token_explicit_max_ttl = 300
}
