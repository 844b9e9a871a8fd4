resource "google_iam_workload_identity_pool" "number" {
  workload_identity_pool_id = "number"
}

resource "google_iam_workload_identity_pool_provider" "number" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.number.workload_identity_pool_id
  workload_identity_pool_provider_id = "number"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.namespace_id == '72' && assertion.project_id != 42" # expect: cloud-whole-group
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "number" {
  service_account_id = "projects/acme/serviceAccounts/number@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.number.name}/*"
}

resource "google_iam_workload_identity_pool" "namespace" {
  workload_identity_pool_id = "namespace"
}

resource "google_iam_workload_identity_pool_provider" "namespace" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.namespace.workload_identity_pool_id
  workload_identity_pool_provider_id = "namespace"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.ref" = "assertion.ref"
  }
  attribute_condition = "assertion.namespace_path.startsWith('acme/')"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "namespace" {
  service_account_id = "projects/acme/serviceAccounts/namespace@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.namespace.name}/attribute.ref/main" # expect: cloud-whole-group
}

resource "google_iam_workload_identity_pool" "tenant" {
  workload_identity_pool_id = "tenant"
}

resource "google_iam_workload_identity_pool_provider" "tenant" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.tenant.workload_identity_pool_id
  workload_identity_pool_provider_id = "tenant"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.developer_access" = "assertion.developer_access"
  }
  oidc {
    issuer_uri = "https://auth.gcp.gitlab.com/oidc/acme"
  }
}

resource "google_service_account_iam_member" "tenant" {
  service_account_id = "projects/acme/serviceAccounts/tenant@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.tenant.name}/attribute.developer_access/true" # expect: cloud-whole-group
}
