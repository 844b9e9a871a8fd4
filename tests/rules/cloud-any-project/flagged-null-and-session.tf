data "aws_iam_policy_document" "seen" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "Null"
      variable = "gitlab.com:sub"
      values   = ["false"] # expect: cloud-any-project
    }
  }
}

resource "aws_iam_role" "seen" {
  name               = "seen"
  assume_role_policy = data.aws_iam_policy_document.seen.json
}

data "aws_iam_policy_document" "named" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.example.com"]
    }
    condition { # expect: cloud-any-project
      test     = "StringEquals"
      variable = "sts:RoleSessionName"
      values   = ["ci"]
    }
  }
}

resource "aws_iam_role" "named" {
  name               = "named"
  assume_role_policy = data.aws_iam_policy_document.named.json
}

data "aws_iam_policy_document" "person" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition { # expect: cloud-any-project
      test     = "StringEquals"
      variable = "gitlab.com:user_login"
      values   = ["chris"]
    }
  }
}

resource "aws_iam_role" "person" {
  name               = "person"
  assume_role_policy = data.aws_iam_policy_document.person.json
}
