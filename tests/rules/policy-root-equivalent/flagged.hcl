# everything
path "*" { # expect: policy-root-equivalent
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}

path "/*" { # expect: policy-root-equivalent
  capabilities = ["update"]
}

path "sys/*" { # expect: policy-root-equivalent
  capabilities = ["create", "update"]
}

path "auth/*" # expect: policy-root-equivalent
{
  capabilities = ["sudo"]
}

path "+/*" { # expect: policy-root-equivalent
  capabilities = ["delete"]
}

path "identity/*" { # expect: policy-root-equivalent
  capabilities = ["patch"]
}
