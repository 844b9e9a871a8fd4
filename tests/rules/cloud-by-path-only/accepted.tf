# The number is compared: as a key, in the subject, in the condition.
resource "aws_iam_role" "key" {
  name = "key"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "gitlab.com:sub"           = "project_path:acme/shop:ref_type:branch:ref:main"
        "gitlab.com:project_id"    = "42"
        "gitlab.com:ref_protected" = "true"
      } }
    }]
  })
}

resource "azurerm_federated_identity_credential" "subject" {
  name      = "subject"
  parent_id = azurerm_user_assigned_identity.ci.id
  issuer    = "https://gitlab.example.com"
  audience  = ["api://AzureADTokenExchange"]
  subject   = "project_id:42:ref_type:branch:ref:main:ref_protected:true"
}

# Wider than one project: another rule's.
resource "azuread_application_flexible_federated_identity_credential" "group" {
  application_id             = "a"
  display_name               = "group"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/*:ref_type:branch:ref:main'"
}
