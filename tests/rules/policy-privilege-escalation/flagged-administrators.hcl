# One finding for the policy, not one for each of its rules.
path "sys/policies/acl/*" { # expect: policy-privilege-escalation
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}

path "auth/jwt/role/*" {
  capabilities = ["create", "read", "update", "delete", "list"]
}

path "sys/auth/*" {
  capabilities = ["create", "update", "delete", "sudo"]
}

path "secret/*" {
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}
