# One policy for each path: together they would be one of administrators.
resource "vault_policy" "p1" {
  name   = "p1"
  policy = <<EOT
path "*" { # expect: policy-root-equivalent
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}
EOT
}

resource "vault_policy" "p2" {
  name   = "p2"
  policy = <<EOT
path "/*" { # expect: policy-root-equivalent
  capabilities = ["update"]
}
EOT
}

resource "vault_policy" "p3" {
  name   = "p3"
  policy = <<EOT
path "sys/*" { # expect: policy-root-equivalent
  capabilities = ["create", "update"]
}
EOT
}

resource "vault_policy" "p4" {
  name   = "p4"
  policy = <<EOT
path "auth/*" # expect: policy-root-equivalent
{
  capabilities = ["sudo"]
}
EOT
}

resource "vault_policy" "p5" {
  name   = "p5"
  policy = <<EOT
path "+/*" { # expect: policy-root-equivalent
  capabilities = ["delete"]
}
EOT
}

resource "vault_policy" "p6" {
  name   = "p6"
  policy = <<EOT
path "identity/*" { # expect: policy-root-equivalent
  capabilities = ["patch"]
}
EOT
}
