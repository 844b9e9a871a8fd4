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
