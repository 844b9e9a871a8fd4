resource "google_iam_workload_identity_pool" "number" {
  workload_identity_pool_id = "number"
}

resource "google_iam_workload_identity_pool_provider" "number" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.number.workload_identity_pool_id
  workload_identity_pool_provider_id = "number"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_id == 42" # expect: cloud-never-matches
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "number" {
  service_account_id = "projects/acme/serviceAccounts/number@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.number.name}/*"
}

resource "google_iam_workload_identity_pool" "boolean" {
  workload_identity_pool_id = "boolean"
}

resource "google_iam_workload_identity_pool_provider" "boolean" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.boolean.workload_identity_pool_id
  workload_identity_pool_provider_id = "boolean"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_id == '42' && assertion.ref_protected == true" # expect: cloud-never-matches
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "boolean" {
  service_account_id = "projects/acme/serviceAccounts/boolean@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.boolean.name}/*"
}

resource "google_iam_workload_identity_pool" "star" {
  workload_identity_pool_id = "star"
}

resource "google_iam_workload_identity_pool_provider" "star" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.star.workload_identity_pool_id
  workload_identity_pool_provider_id = "star"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.project_path" = "assertion.project_path"
  }
  attribute_condition = "assertion.namespace_path == 'acme'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "star" {
  service_account_id = "projects/acme/serviceAccounts/star@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.star.name}/attribute.project_path/acme/*" # expect: cloud-never-matches
}

resource "google_iam_workload_identity_pool" "unmapped" {
  workload_identity_pool_id = "unmapped"
}

resource "google_iam_workload_identity_pool_provider" "unmapped" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.unmapped.workload_identity_pool_id
  workload_identity_pool_provider_id = "unmapped"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.namespace_path == 'acme'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "unmapped" {
  service_account_id = "projects/acme/serviceAccounts/unmapped@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.unmapped.name}/attribute.project_id/42" # expect: cloud-never-matches
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.sub == 'repo:acme/shop:ref:refs/heads/main'" # expect: cloud-never-matches
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "github" {
  service_account_id = "projects/acme/serviceAccounts/github@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/*"
}
