resource "google_iam_workload_identity_pool_provider" "gitlab" {
  workload_identity_pool_id          = "ci"
  workload_identity_pool_provider_id = "gitlab"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_id == '42' && assertion.ref_protected == 'true'"
  oidc {
    issuer_uri        = "https://gitlab.com"
  }
}
