path "kv1/shop/db" { # expect: policy-grants-nothing
  capabilities = ["read"]
  capabilities = ["list"]
}
