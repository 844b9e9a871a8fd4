locals {
  host = "gitlab.example.com"
}

resource "aws_iam_openid_connect_provider" "gitlab" {
  url            = "https://${local.host}"
  client_id_list = ["https://aws.example.com"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Deploy"
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.gitlab.arn]
    }
    condition {
      test     = "StringLike"
      variable = "${replace(aws_iam_openid_connect_provider.gitlab.url, "https://", "")}:sub"
      values   = ["project_path:acme/*"]
    }
    condition {
      test     = "StringLike"
      variable = "${replace(aws_iam_openid_connect_provider.gitlab.url, "https://", "")}:sub"
      values   = ["*:ref_type:branch:ref:main"] # expect: cloud-any-project
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
