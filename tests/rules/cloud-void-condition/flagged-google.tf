resource "google_iam_workload_identity_pool" "number" {
  workload_identity_pool_id = "number"
}

resource "google_iam_workload_identity_pool_provider" "number" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.number.workload_identity_pool_id
  workload_identity_pool_provider_id = "number"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.trust" = "assertion.project_id + '::' + assertion.ref_path + '::' + assertion.ref_protected"
  }
  attribute_condition = "assertion.ref_protected != false" # expect: cloud-void-condition
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "number" {
  service_account_id = "projects/acme/serviceAccounts/number@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.number.name}/attribute.trust/42::refs/heads/main::true"
}
