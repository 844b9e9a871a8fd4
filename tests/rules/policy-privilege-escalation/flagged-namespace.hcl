path "team/sys/policies/acl/*" { # expect: policy-privilege-escalation
  capabilities = ["create", "update"]
}

path "secret/sys/policies/acl/x" {
  capabilities = ["read"]
}

path "team/kv/data/sys/x" {
  capabilities = ["update"]
}
