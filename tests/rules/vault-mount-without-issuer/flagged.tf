resource "vault_jwt_auth_backend" "gitlab" { # expect: vault-mount-without-issuer
  path = "jwt"
  oidc_discovery_url = "https://gitlab.example.com"
}
resource "vault_jwt_auth_backend" "other" {
  path = "other"
  oidc_discovery_url = "https://gitlab.example.com"
  bound_issuer = "gitlab.example.com" # expect: vault-mount-without-issuer
}
