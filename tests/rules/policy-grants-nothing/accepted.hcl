path "secret/data/+/db" {
  capabilities = ["read"]
}

# both ways at once, for either version
path "kv/shop/*" {
  capabilities = ["read"]
}

path "kv/data/shop/*" {
  capabilities = ["read"]
}

path "kv1/shop/" {
  capabilities = ["list"]
}

path "kv1/shop/{{identity.entity.id}}/*" {
  capabilities = ["read"]
}

path "secret/metadata/shop/*" {
  capabilities = ["list"]
}
