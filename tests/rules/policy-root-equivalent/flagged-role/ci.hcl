path "*" { # expect: policy-root-equivalent
  capabilities = ["read", "update"]
}
