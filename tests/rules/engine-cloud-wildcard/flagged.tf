resource "vault_aws_secret_backend_role" "deploy" {
  backend         = "aws"
  name            = "deploy"
  credential_type = "iam_user" # expect: engine-cloud-wildcard
  policy_arns     = ["arn:aws:iam::aws:policy/AdministratorAccess"] # expect: engine-cloud-wildcard
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "iam:*" # expect: engine-cloud-wildcard
      Resource = "*"
    }]
  })
}

resource "vault_gcp_secret_roleset" "deploy" {
  backend = "gcp"
  roleset = "deploy"
  binding {
    resource = "//cloudresourcemanager.googleapis.com/projects/shop"
    roles    = ["roles/owner"] # expect: engine-cloud-wildcard
  }
}

resource "vault_azure_secret_backend_role" "deploy" {
  backend = "azure"
  role    = "deploy"
  ttl     = 600
  max_ttl = 3600
  azure_roles {
    role_name = "Owner" # expect: engine-cloud-wildcard
    scope     = "/subscriptions/11111111-2222-3333-4444-555555555555"
  }
}
