path "secret/data/zip-*" { # expect: policy-prefix-without-separator
  capabilities = ["read"]
}
