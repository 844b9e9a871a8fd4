data "aws_iam_policy_document" "deploy" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.example.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.example.com:sub"
      values   = ["project_path:acme/shop:*"] # expect: cloud-any-ref
    }
    condition {
      test     = "StringEqualsIfExists"
      variable = "gitlab.example.com:ref_protected"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.deploy.json
}

data "aws_iam_policy_document" "environment" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme/shop:*"] # expect: cloud-any-ref
    }
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "gitlab.com:environment"
      values   = ["production"]
    }
  }
}

resource "aws_iam_role" "environment" {
  name               = "environment"
  assume_role_policy = data.aws_iam_policy_document.environment.json
}
