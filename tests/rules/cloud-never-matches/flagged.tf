data "aws_iam_policy_document" "role0" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition { # expect: cloud-never-matches
      test     = "StringEquals"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme/shop:*"]
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
    condition { # expect: cloud-never-matches
      test     = "StringEquals"
      variable = "gitlab.com:sub"
      values   = ["repo:acme/shop:ref:refs/heads/main"]
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
    condition { # expect: cloud-never-matches
      test     = "StringEquals"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme/shop:environment:production"]
    }
  }
}

resource "aws_iam_role" "role2" {
  name               = "role2"
  assume_role_policy = data.aws_iam_policy_document.role2.json
}

data "aws_iam_policy_document" "protected" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.example.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "gitlab.example.com:sub"
      values   = ["project_path:acme/shop:ref_type:branch:ref:main"]
    }
    condition { # expect: cloud-never-matches
      test     = "StringEquals"
      variable = "gitlab.example.com:ref_protected"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role" "protected" {
  name               = "protected"
  assume_role_policy = data.aws_iam_policy_document.protected.json
}

data "aws_iam_policy_document" "otherhost" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition { # expect: cloud-never-matches
      test     = "StringEquals"
      variable = "gitlab.example.com:sub"
      values   = ["project_path:acme/shop:ref_type:branch:ref:main"]
    }
  }
}

resource "aws_iam_role" "otherhost" {
  name               = "otherhost"
  assume_role_policy = data.aws_iam_policy_document.otherhost.json
}
