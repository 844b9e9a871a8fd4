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
      values   = ["*"] # expect: cloud-any-project
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
      values   = ["project_path:*"] # expect: cloud-any-project
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
      values   = ["*:ref_type:branch:ref:main"] # expect: cloud-any-project
    }
  }
}

resource "aws_iam_role" "role2" {
  name               = "role2"
  assume_role_policy = data.aws_iam_policy_document.role2.json
}

data "aws_iam_policy_document" "role3" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.com:sub"
      values   = ["project_path:*/shop:ref_type:branch:ref:main"] # expect: cloud-any-project
    }
  }
}

resource "aws_iam_role" "role3" {
  name               = "role3"
  assume_role_policy = data.aws_iam_policy_document.role3.json
}

data "aws_iam_policy_document" "role4" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.com:sub"
      values   = ["project_path:acme*:ref_type:branch:ref:main"] # expect: cloud-any-project
    }
  }
}

resource "aws_iam_role" "role4" {
  name               = "role4"
  assume_role_policy = data.aws_iam_policy_document.role4.json
}

data "aws_iam_policy_document" "role5" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::111122223333:oidc-provider/gitlab.com"]
    }
    condition {
      test     = "StringLike"
      variable = "gitlab.com:sub"
      values   = ["project_id:42*"] # expect: cloud-any-project
    }
  }
}

resource "aws_iam_role" "role5" {
  name               = "role5"
  assume_role_policy = data.aws_iam_policy_document.role5.json
}
