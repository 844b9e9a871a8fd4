resource "vault_jwt_auth_backend_role" "shop" {
  backend         = "jwt"
  role_name       = "shop"
  role_type       = "jwt"
  user_claim      = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id    = "42"
    ref           = ["main", "release"] # expect: vault-role-typed-value
    ref_type      = "branch"
    ref_protected = true
  }
  token_policies         = ["shop-read"]
  token_explicit_max_ttl = 300
}

resource "vault_jwt_auth_backend_role" "unsplit" {
  backend                      = "jwt"
  role_name                    = "unsplit"
  role_type                    = "jwt"
  user_claim                   = "project_id"
  bound_audiences              = ["https://vault.example.com"]
  disable_bound_claims_parsing = true
  bound_claims = {
    project_id    = "12,34" # expect: vault-role-typed-value
    ref_protected = true
    ref           = "main"
    ref_type      = "branch"
  }
  token_policies         = ["shop-read"]
  token_explicit_max_ttl = 300
}
