resource "vault_policy" "runner" {
  name   = "runner"
  policy = <<-EOT
    path "${vault_mount.elsewhere.path}/*" { # expect: policy-whole-mount
      capabilities = ["read"]
    }
    path "${var.any_path}/*" {
      capabilities = ["read"]
    }
  EOT
}
