path "secret/*" { # expect: policy-whole-mount
  capabilities = ["create", "read", "update", "delete", "list"]
}

path "kv/data/*" { # expect: policy-whole-mount
  capabilities = ["read"]
}

path "+/data/*" { # expect: policy-whole-mount
  capabilities = ["read"]
}

path "secret/metadata/*" { # expect: policy-whole-mount
  capabilities = ["list", "delete"]
}

path "*" { # expect: policy-whole-mount
  capabilities = ["read", "list"]
}
