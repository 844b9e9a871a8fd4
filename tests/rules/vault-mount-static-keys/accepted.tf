resource "vault_jwt_auth_backend" "gitlab" {
  path = "jwt"
  jwks_url = "https://gitlab.example.com/-/jwks"
  bound_issuer = "https://gitlab.example.com"
}

resource "vault_jwt_auth_backend" "tunnel" {
  path = "gitlab-tunnel"
  jwks_url = "http://0.0.0.0:8443/oauth/discovery/keys"
  bound_issuer = "https://gitlab.example.com"
}
