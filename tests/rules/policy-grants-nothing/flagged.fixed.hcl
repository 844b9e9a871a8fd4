path "secret/+/db" { # expect: policy-grants-nothing
  capabilities = ["read"]
}

path "kv1/shop/*" { # expect: policy-grants-nothing
  capabilities = ["read"]
}

path "kv1/shop/db" { # expect: policy-grants-nothing
  capabilities = ["read"]
}

path "kv1/shop/*" { # expect: policy-grants-nothing
  capabilities = ["read"]
}

path "kv1/team-[ab]/db" { # expect: policy-grants-nothing
  capabilities = ["read"]
}
