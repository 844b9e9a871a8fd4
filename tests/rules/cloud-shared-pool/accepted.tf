resource "google_iam_workload_identity_pool" "one" {
  workload_identity_pool_id = "one"
}

resource "google_iam_workload_identity_pool_provider" "one" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.one.workload_identity_pool_id
  workload_identity_pool_provider_id = "one"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  attribute_condition = "assertion.ref_protected == 'true'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_iam_workload_identity_pool" "two" {
  workload_identity_pool_id = "two"
}

resource "google_iam_workload_identity_pool_provider" "two" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.two.workload_identity_pool_id
  workload_identity_pool_provider_id = "two"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  attribute_condition = "assertion.ref_protected == 'true'"
  oidc {
    issuer_uri = "https://gitlab.example.com"
  }
}

resource "google_service_account_iam_member" "one" {
  service_account_id = "projects/acme/serviceAccounts/one@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.one.name}/attribute.project_id/42"
}
