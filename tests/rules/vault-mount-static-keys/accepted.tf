resource "vault_jwt_auth_backend" "gitlab" {
  path = "jwt"
  jwks_url = "https://gitlab.example.com/-/jwks"
  bound_issuer = "https://gitlab.example.com"
}
