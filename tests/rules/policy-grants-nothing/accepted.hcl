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

# a `deny` grants nothing on purpose
path "kv/data/payroll/*" {
  capabilities = ["deny"]
}

# a dot before the `*` is a character of a prefix
path "secret/data/app.*" {
  capabilities = ["read"]
}

# OpenBao lists a tree with `scan`
path "kv1/tree/" {
  capabilities = ["scan"]
}
