resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims_type = "glob"
  bound_claims = {
    project_id = "42"
    ref = "release/*" # expect: vault-role-dead-wildcard
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "regex" {
  backend = "jwt"
  role_name = "regex"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims_type = "glob"
  bound_claims = {
    project_id = "42"
    ref = "v[0-9]+" # expect: vault-role-dead-wildcard
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "subject" {
  backend = "jwt"
  role_name = "subject"
  role_type = "jwt"
  user_claim = "sub"
  bound_audiences = ["https://vault.example.com"]
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
  bound_subject = "project_path:group/app:*" # expect: vault-role-dead-wildcard
}
