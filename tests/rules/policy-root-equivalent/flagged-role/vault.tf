resource "vault_policy" "ci" {
  name   = "ci"
  policy = file("${path.module}/ci.hcl")
}

resource "vault_jwt_auth_backend_role" "ci" {
  backend                = "jwt"
  role_name              = "ci"
  role_type              = "jwt"
  user_claim             = "project_id"
  bound_audiences        = ["https://vault.example.com"]
  token_policies         = [vault_policy.ci.name]
  token_explicit_max_ttl = 300
  bound_claims = {
    project_id    = "42"
    ref           = "main"
    ref_type      = "branch"
    ref_protected = "true"
  }
}
