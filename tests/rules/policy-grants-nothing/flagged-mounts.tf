resource "vault_mount" "first" {
  path    = "first"
  type    = "kv"
  options = { version = "1" }
}
resource "vault_mount" "second" {
  path = "second"
  type = "kv-v2"
}
resource "vault_mount" "third" {
  path    = "team/third"
  type    = "kv"
  options = { version = "2" }
}
resource "vault_policy" "app" {
  name   = "app"
  policy = <<-EOT
    path "first/data/app" { # expect: policy-grants-nothing
      capabilities = ["read"]
    }
    path "second/app" { # expect: policy-grants-nothing
      capabilities = ["read"]
    }
    path "${vault_mount.third.path}/app" { # expect: policy-grants-nothing
      capabilities = ["read"]
    }
    path "first/plain" {
      capabilities = ["read"]
    }
    path "second/data/plain" {
      capabilities = ["read"]
    }
    path "team/third/metadata/app" {
      capabilities = ["list"]
    }
  EOT
}
