path "secret/data/shop/staging/*" {
  capabilities = ["read"]
}

path "secret/data/shop/production/*" { # expect: policy-grants-nothing
  capabilities = ["read"]
}
