resource "vault_jwt_auth_backend" "gitlab" {
  path = "jwt"
  jwks_url = "http://gitlab.example.com/-/jwks" # expect: vault-mount-static-keys
  bound_issuer = "https://gitlab.example.com"
}

resource "vault_jwt_auth_backend" "gitlab_elsewhere" {
  path = "gitlab-elsewhere"
  jwks_url = "http://localhost.example.com/oauth/discovery/keys" # expect: vault-mount-static-keys
  bound_issuer = "https://gitlab.example.com"
}
