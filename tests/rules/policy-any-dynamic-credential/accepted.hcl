path "database/creds/shop-readonly" {
  capabilities = ["read"]
}

# narrower than every role
path "database/creds/shop/*" {
  capabilities = ["read"]
}

path "database/creds/*" {
  capabilities = ["deny"]
}

path "database/roles/*" {
  capabilities = ["list"]
}
