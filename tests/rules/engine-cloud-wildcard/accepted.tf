resource "vault_aws_secret_backend_role" "deploy" {
  backend         = "aws"
  name            = "deploy"
  credential_type = "assumed_role"
  role_arns       = ["arn:aws:iam::111122223333:role/shop-deploy"]
}

resource "vault_aws_secret_backend_role" "read" {
  backend         = "aws"
  name            = "read"
  credential_type = "federation_token"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:*", Resource = "arn:aws:s3:::shop/*" },
      { Effect = "Allow", Action = ["s3:Get*"], Resource = "*" },
      { Effect = "Deny", Action = "*", Resource = "*" },
    ]
  })
}

resource "vault_azure_secret_backend_role" "deploy" {
  backend = "azure"
  role    = "deploy"
  ttl     = 600
  max_ttl = 3600
  azure_roles {
    role_name = "Owner"
    scope     = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop"
  }
}
