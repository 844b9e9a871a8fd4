resource "google_iam_workload_identity_pool" "exact" {
  workload_identity_pool_id = "exact"
}

resource "google_iam_workload_identity_pool_provider" "exact" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.exact.workload_identity_pool_id
  workload_identity_pool_provider_id = "exact"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  oidc {
    issuer_uri = "https://gitlab.example.com"
  }
}

resource "google_service_account_iam_member" "exact" {
  service_account_id = "projects/acme/serviceAccounts/exact@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.exact.name}/attribute.project_id/42"
}

resource "google_iam_workload_identity_pool" "composite" {
  workload_identity_pool_id = "composite"
}

resource "google_iam_workload_identity_pool_provider" "composite" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.composite.workload_identity_pool_id
  workload_identity_pool_provider_id = "composite"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.trust" = "assertion.project_id + '::' + assertion.ref_path + '::' + assertion.ref_protected"
  }
  attribute_condition = "assertion.namespace_path == 'acme' || assertion.namespace_path.startsWith('acme/')"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "composite" {
  service_account_id = "projects/acme/serviceAccounts/composite@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.composite.name}/attribute.trust/42::refs/heads/main::true"
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "github" {
  service_account_id = "projects/acme/serviceAccounts/github@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/*"
}

resource "google_iam_workload_identity_pool" "library" {
  workload_identity_pool_id = "library"
}

resource "google_iam_workload_identity_pool_provider" "library" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.library.workload_identity_pool_id
  workload_identity_pool_provider_id = "library"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_path.split('/')[0] == 'acme'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "library" {
  service_account_id = "projects/acme/serviceAccounts/library@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.library.name}/*"
}

resource "google_iam_workload_identity_pool_provider" "alone" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.absent.workload_identity_pool_id
  workload_identity_pool_provider_id = "alone"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}
