path "sys/policies/acl/*" { # expect: policy-privilege-escalation
  capabilities = ["create", "update"]
}

path "auth/jwt-gitlab/role/*" { # expect: policy-privilege-escalation
  capabilities = ["create", "update"]
}

path "auth/token/create" { # expect: policy-privilege-escalation
  capabilities = ["update", "sudo"]
}

path "auth/approle/role/+/secret-id" { # expect: policy-privilege-escalation
  capabilities = ["update"]
}

path "identity/entity/*" { # expect: policy-privilege-escalation
  capabilities = ["update"]
}

path "sys/audit/*" { # expect: policy-privilege-escalation
  capabilities = ["delete", "sudo"]
}

path "transit/export/encryption-key/shop" { # expect: policy-privilege-escalation
  capabilities = ["read"]
}
