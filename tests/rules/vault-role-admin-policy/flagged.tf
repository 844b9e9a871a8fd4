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
  token_policies = ["vault-admin"] # expect: vault-role-admin-policy
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "root" {
  backend = "jwt"
  role_name = "root"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["root"] # expect: vault-role-admin-policy
  token_explicit_max_ttl = 300
}
resource "vault_jwt_auth_backend_role" "everything" {
  backend = "jwt"
  role_name = "everything"
  role_type = "jwt"
  user_claim = "project_id"
  bound_audiences = ["https://vault.example.com"]
  bound_claims = {
    project_id = "42"
    ref = "main"
    ref_type = "branch"
    ref_protected = "true"
  }
  token_policies = ["ci"] # expect: vault-role-admin-policy
  token_explicit_max_ttl = 300
}
resource "vault_policy" "ci" {
  name = "ci"
  policy = <<EOT
path "*" {
  capabilities = ["create", "update"]
}
EOT
}
