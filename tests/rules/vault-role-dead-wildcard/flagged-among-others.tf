resource "vault_jwt_auth_backend_role" "release" {
  backend         = "gitlab"
  role_name       = "release"
  role_type       = "jwt"
  user_claim      = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id    = "42"
    ref           = "main,release/*" # expect: vault-role-dead-wildcard
    ref_protected = "true"
    ref_type      = "branch"
  }
  token_policies         = ["release"]
  token_explicit_max_ttl = 300
}
