resource "google_iam_workload_identity_pool" "subject" {
  workload_identity_pool_id = "subject"
}

resource "google_iam_workload_identity_pool_provider" "subject" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.subject.workload_identity_pool_id
  workload_identity_pool_provider_id = "subject"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_id == '42'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "subject" {
  service_account_id = "projects/acme/serviceAccounts/subject@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.subject.name}/subject/project_path:acme/shop:ref_type:branch:ref:main" # expect: cloud-ref-unprotected
}
