# prefixes
path "secret/data/app" { # expect: policy-prefix-without-separator
  capabilities = ["read"]
}
path "secret/data/app/*" { # expect: policy-prefix-without-separator
  capabilities = ["read"]
}

path "secret/data/deployment_*" { # expect: policy-prefix-without-separator
  capabilities = ["read"]
}
