path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}

path "sys/capabilities-self" {
  capabilities = ["update"]
}

path "sys/policies/acl/*" {
  capabilities = ["read", "list"]
}

# without sudo Vault refuses this
path "auth/token/create" {
  capabilities = ["update"]
}

# `+` is a secret engine's mount here
path "+/data/*" {
  capabilities = ["create", "update"]
}

# password policies are no access policies
path "sys/policies/password/+/generate" {
  capabilities = ["read"]
}

# opened by a wide rule, closed by a narrower one
path "sys/policies/*" {
  capabilities = ["update"]
}

path "sys/policies/acl/*" {
  capabilities = ["deny"]
}

# users set their own passwords and nothing else
path "auth/userpass/users/{{identity.entity.aliases.auth_userpass_7.name}}" {
  capabilities       = ["update"]
  allowed_parameters = { "password" = [] }
}
