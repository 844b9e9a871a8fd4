path "sys/health" {
  capabilities = ["read"]
}

path "secret/data/closed/*" {
  policy = "deny"
}

# told as an escalation, with the way out
path "sys/audit/*" {
  capabilities = ["delete", "sudo"]
}

# the list of devices: Vault shows it to nobody without sudo
path "sys/audit" {
  capabilities = ["read", "sudo"]
}
