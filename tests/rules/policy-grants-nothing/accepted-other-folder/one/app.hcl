# This server has version 1 at `team`.
path "team/app/*" {
  capabilities = ["read"]
}
