path "secret/data/shop/staging/*" {
  capabilities = ["read"]
}

path "secret/shop/production/*" { # expect: policy-grants-nothing
  capabilities = ["read"]
}
