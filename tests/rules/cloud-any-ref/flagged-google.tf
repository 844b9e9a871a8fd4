resource "google_iam_workload_identity_pool" "project" {
  workload_identity_pool_id = "project"
}

resource "google_iam_workload_identity_pool_provider" "project" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.project.workload_identity_pool_id
  workload_identity_pool_provider_id = "project"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "project" {
  service_account_id = "projects/acme/serviceAccounts/project@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.project.name}/attribute.project_id/42" # expect: cloud-any-ref
}

resource "google_iam_workload_identity_pool" "boolean" {
  workload_identity_pool_id = "boolean"
}

resource "google_iam_workload_identity_pool_provider" "boolean" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.boolean.workload_identity_pool_id
  workload_identity_pool_provider_id = "boolean"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  attribute_condition = "assertion.ref_protected != false" # expect: cloud-any-ref
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "boolean" {
  service_account_id = "projects/acme/serviceAccounts/boolean@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.boolean.name}/attribute.project_id/42"
}

resource "google_iam_workload_identity_pool" "optional" {
  workload_identity_pool_id = "optional"
}

resource "google_iam_workload_identity_pool_provider" "optional" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.optional.workload_identity_pool_id
  workload_identity_pool_provider_id = "optional"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  attribute_condition = "assertion.project_id == '42' && (!has(assertion.environment) || assertion.environment == 'prod')"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "optional" {
  service_account_id = "projects/acme/serviceAccounts/optional@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.optional.name}/attribute.project_id/42" # expect: cloud-any-ref
}

resource "google_iam_workload_identity_pool" "default" {
  workload_identity_pool_id = "default"
}

resource "google_iam_workload_identity_pool_provider" "default" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.default.workload_identity_pool_id
  workload_identity_pool_provider_id = "default"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.environment" = "has(assertion.environment) ? assertion.environment : 'production'"
  }
  attribute_condition = "assertion.project_id == '42'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "default" {
  service_account_id = "projects/acme/serviceAccounts/default@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.default.name}/attribute.environment/production" # expect: cloud-any-ref
}
