path "secret/data/app/*" {
  capabilities = ["read"]
}

path "secret/data/app" {
  capabilities = ["read"]
}

# an identifier that Vault makes: none starts like another
path "secret/data/{{identity.entity.id}}*" {
  capabilities = ["read"]
}

path "sys/leases/re*" {
  capabilities = ["update"]
}

path "secret/data/app*" {
  capabilities = ["deny"]
}
