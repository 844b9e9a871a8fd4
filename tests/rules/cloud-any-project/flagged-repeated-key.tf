resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "gitlab.com:sub" = "project_path:acme/shop:ref_type:branch:ref:main" }
        StringEquals = { "gitlab.com:aud" = "https://aws.example.com" } # expect: cloud-any-project
      }
    }]
  })
}
