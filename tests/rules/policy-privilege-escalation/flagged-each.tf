# One policy for each path: together they would be one of administrators.
resource "vault_policy" "p1" {
  name   = "p1"
  policy = <<EOT
path "sys/policies/acl/*" { # expect: policy-privilege-escalation
  capabilities = ["create", "update"]
}
EOT
}

resource "vault_policy" "p2" {
  name   = "p2"
  policy = <<EOT
path "auth/jwt-gitlab/role/*" { # expect: policy-privilege-escalation
  capabilities = ["create", "update"]
}
EOT
}

resource "vault_policy" "p3" {
  name   = "p3"
  policy = <<EOT
path "auth/token/create" { # expect: policy-privilege-escalation
  capabilities = ["update", "sudo"]
}
EOT
}

resource "vault_policy" "p4" {
  name   = "p4"
  policy = <<EOT
path "auth/approle/role/+/secret-id" { # expect: policy-privilege-escalation
  capabilities = ["update"]
}
EOT
}

resource "vault_policy" "p5" {
  name   = "p5"
  policy = <<EOT
path "identity/entity/*" { # expect: policy-privilege-escalation
  capabilities = ["update"]
}
EOT
}

resource "vault_policy" "p6" {
  name   = "p6"
  policy = <<EOT
path "sys/audit/*" { # expect: policy-privilege-escalation
  capabilities = ["delete", "sudo"]
}
EOT
}

resource "vault_policy" "p7" {
  name   = "p7"
  policy = <<EOT
path "transit/export/encryption-key/shop" { # expect: policy-privilege-escalation
  capabilities = ["read"]
}
EOT
}

resource "vault_policy" "one" {
  name   = "one"
  policy = <<EOT
path "auth/approle/role/app/secret-id" { # expect: policy-privilege-escalation
  capabilities = ["update"]
}
path "sys/storage/raft/snapshot" { # expect: policy-privilege-escalation
  capabilities = ["read"]
}
EOT
}
