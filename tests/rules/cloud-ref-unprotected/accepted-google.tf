resource "google_iam_workload_identity_pool" "list" {
  workload_identity_pool_id = "list"
}

resource "google_iam_workload_identity_pool_provider" "list" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.list.workload_identity_pool_id
  workload_identity_pool_provider_id = "list"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  attribute_condition = "assertion.project_id in ['42'] && assertion.ref_protected == 'true' && assertion.ref == 'main' && assertion.ref_type == 'branch'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "list" {
  service_account_id = "projects/acme/serviceAccounts/list@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.list.name}/attribute.project_id/42"
}

resource "google_iam_workload_identity_pool" "flag" {
  workload_identity_pool_id = "flag"
}

resource "google_iam_workload_identity_pool_provider" "flag" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.flag.workload_identity_pool_id
  workload_identity_pool_provider_id = "flag"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.my_flag" = "assertion.maintainer_access == 'true' && assertion.project_path == 'acme/shop' && assertion.ref_protected == 'true' && assertion.ref_path == 'refs/heads/main' ? 'true' : 'false'"
  }
  oidc {
    issuer_uri = "https://auth.gcp.gitlab.com/oidc/acme"
  }
}

resource "google_service_account_iam_member" "flag" {
  service_account_id = "projects/acme/serviceAccounts/flag@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.flag.name}/attribute.my_flag/true"
}
