resource "vault_jwt_auth_backend_role" "app" {
  backend = "jwt"
  role_name = "app"
  role_type = "jwt"
  user_claim = "user_email"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["app-read"]
  token_explicit_max_ttl = 300
  claim_mappings = {
    project_id = "project_id" # expect: vault-role-shared-alias-metadata
  }
}
resource "vault_policy" "ci" {
  name = "app-read"
  policy = <<EOT
path "secret/data/ci/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}/*" {
  capabilities = ["read"]
}
EOT
}
