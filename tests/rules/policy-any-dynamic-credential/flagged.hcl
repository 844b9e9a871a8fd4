path "database/creds/*" { # expect: policy-any-dynamic-credential
  capabilities = ["read"]
}

path "aws/sts/+" { # expect: policy-any-dynamic-credential
  capabilities = ["read"]
}

path "pki/issue/*" { # expect: policy-any-dynamic-credential
  capabilities = ["create", "update"]
}

path "gcp/*" { # expect: policy-any-dynamic-credential
  capabilities = ["read"]
}
