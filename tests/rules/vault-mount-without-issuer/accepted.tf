resource "vault_jwt_auth_backend" "gitlab" {
  path = "jwt"
  oidc_discovery_url = "https://gitlab.example.com"
  bound_issuer = "https://gitlab.example.com"
}
