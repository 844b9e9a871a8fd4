path "sys/leases/lookup/*" {
  capabilities = ["list", "sudo"] # expect: policy-sudo
}

path "secret/data/shop/*" {
  capabilities = [
    "read",
    "sudo", # expect: policy-sudo
    "list",
  ]
}

path "secret/data/legacy/*" {
  policy = "write" # expect: policy-sudo
}

path "secret/data/older/*" {
  policy = "sudo" # expect: policy-sudo
}
