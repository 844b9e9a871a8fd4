data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme/shop:ref_type:branch:ref:main"] # expect: cloud-by-path-only
    }
    condition {
      test     = "StringEquals"
      variable = "gitlab.com:ref_protected"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "azurerm_federated_identity_credential" "ci" {
  name      = "ci"
  parent_id = azurerm_user_assigned_identity.ci.id
  issuer    = "https://gitlab.example.com"
  audience  = ["api://AzureADTokenExchange"]
  subject   = "project_path:acme/shop:ref_type:branch:ref:main:ref_protected:true" # expect: cloud-by-path-only
}
