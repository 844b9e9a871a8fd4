resource "aws_iam_role" "uploader" {
  name = "uploader"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "gitlab.com:aud"           = "sts.amazonaws.com"
        "gitlab.com:sub"           = "project_path:group/app:ref_type:branch:ref:main"
        "gitlab.com:project_id"    = "42"
        "gitlab.com:ref_protected" = "true"
      } }
    }]
  })
}
