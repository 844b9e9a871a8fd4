path "team/data/app/*" {
  capabilities = ["read"]
}
