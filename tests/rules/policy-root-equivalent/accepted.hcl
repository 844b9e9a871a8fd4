# reading everything is bad, but not this
path "*" {
  capabilities = ["read", "list"]
}

path "sys/*" {
  capabilities = ["deny"]
}

path "sys/health" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}

# an exact path: the `*` is not at the end
path "*/config" {
  capabilities = ["read"]
}
