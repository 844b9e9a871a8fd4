data "aws_iam_policy_document" "role0" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme/*:ref_type:branch:ref:main"] # expect: cloud-whole-group
    }
  }
}

resource "aws_iam_role" "role0" {
  name               = "role0"
  assume_role_policy = data.aws_iam_policy_document.role0.json
}

data "aws_iam_policy_document" "role1" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme/shop*"] # expect: cloud-whole-group
    }
  }
}

resource "aws_iam_role" "role1" {
  name               = "role1"
  assume_role_policy = data.aws_iam_policy_document.role1.json
}

data "aws_iam_policy_document" "role2" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme/*/deploy:*"] # expect: cloud-whole-group
    }
  }
}

resource "aws_iam_role" "role2" {
  name               = "role2"
  assume_role_policy = data.aws_iam_policy_document.role2.json
}

data "aws_iam_policy_document" "numbered" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition { # expect: cloud-whole-group
      test     = "StringEquals"
      variable = "gitlab.com:namespace_id"
      values   = ["72"]
    }
  }
}

resource "aws_iam_role" "numbered" {
  name               = "numbered"
  assume_role_policy = data.aws_iam_policy_document.numbered.json
}
