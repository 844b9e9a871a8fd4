path "sys/leases/lookup/*" {
  capabilities = ["list"] # expect: policy-sudo
}

path "secret/data/shop/*" {
  capabilities = [
    "read",
    "list",
  ]
}

path "secret/data/legacy/*" {
  policy = "write" # expect: policy-sudo
}

path "secret/data/older/*" {
  policy = "sudo" # expect: policy-sudo
}
