path "kv1/shop/+*" { # expect: policy-grants-nothing
  capabilities = ["read"]
}

path "kv1/shop/db" { # expect: policy-grants-nothing
  capabilities = ["read", "write"]
}

path "kv1/shop/text" { # expect: policy-grants-nothing
  capabilities = "read"
}

path "kv1/shop/words" { # expect: policy-grants-nothing
  capabilities        = ["read"]
  required_parameters = "reason"
}
