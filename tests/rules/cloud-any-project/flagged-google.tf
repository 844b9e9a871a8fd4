resource "google_iam_workload_identity_pool" "ref" {
  workload_identity_pool_id = "ref"
}

resource "google_iam_workload_identity_pool_provider" "ref" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.ref.workload_identity_pool_id
  workload_identity_pool_provider_id = "ref"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.ref" = "assertion.ref"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "ref" {
  service_account_id = "projects/acme/serviceAccounts/ref@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ref.name}/attribute.ref/main" # expect: cloud-any-project
}

resource "google_iam_workload_identity_pool" "all" {
  workload_identity_pool_id = "all"
}

resource "google_iam_workload_identity_pool_provider" "all" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.all.workload_identity_pool_id
  workload_identity_pool_provider_id = "all"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "all" {
  service_account_id = "projects/acme/serviceAccounts/all@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.all.name}/*" # expect: cloud-any-project
}

resource "google_iam_workload_identity_pool" "login" {
  workload_identity_pool_id = "login"
}

resource "google_iam_workload_identity_pool_provider" "login" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.login.workload_identity_pool_id
  workload_identity_pool_provider_id = "login"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.user_login" = "assertion.user_login"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "login" {
  service_account_id = "projects/acme/serviceAccounts/login@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.login.name}/attribute.user_login/chris" # expect: cloud-any-project
}

resource "google_iam_workload_identity_pool" "prefix" {
  workload_identity_pool_id = "prefix"
}

resource "google_iam_workload_identity_pool_provider" "prefix" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.prefix.workload_identity_pool_id
  workload_identity_pool_provider_id = "prefix"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.ref" = "assertion.ref"
  }
  attribute_condition = "assertion.namespace_path.startsWith('acme')" # expect: cloud-any-project
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "prefix" {
  service_account_id = "projects/acme/serviceAccounts/prefix@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.prefix.name}/attribute.ref/main"
}

resource "google_iam_workload_identity_pool" "inside" {
  workload_identity_pool_id = "inside"
}

resource "google_iam_workload_identity_pool_provider" "inside" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.inside.workload_identity_pool_id
  workload_identity_pool_provider_id = "inside"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.sub.contains('acme/shop')" # expect: cloud-any-project
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "inside" {
  service_account_id = "projects/acme/serviceAccounts/inside@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.inside.name}/*"
}

resource "google_iam_workload_identity_pool" "regex" {
  workload_identity_pool_id = "regex"
}

resource "google_iam_workload_identity_pool_provider" "regex" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.regex.workload_identity_pool_id
  workload_identity_pool_provider_id = "regex"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_path.matches('acme/shop')" # expect: cloud-any-project
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "regex" {
  service_account_id = "projects/acme/serviceAccounts/regex@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.regex.name}/*"
}

resource "google_iam_workload_identity_pool" "ends" {
  workload_identity_pool_id = "ends"
}

resource "google_iam_workload_identity_pool_provider" "ends" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.ends.workload_identity_pool_id
  workload_identity_pool_provider_id = "ends"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_path.endsWith('/shop')" # expect: cloud-any-project
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "ends" {
  service_account_id = "projects/acme/serviceAccounts/ends@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ends.name}/*"
}

resource "google_iam_workload_identity_pool" "either" {
  workload_identity_pool_id = "either"
}

resource "google_iam_workload_identity_pool_provider" "either" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.either.workload_identity_pool_id
  workload_identity_pool_provider_id = "either"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_id == '42' && assertion.ref_protected == 'true' || assertion.ref == 'main'" # expect: cloud-any-project
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "either" {
  service_account_id = "projects/acme/serviceAccounts/either@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.either.name}/*"
}

resource "google_iam_workload_identity_pool" "true" {
  workload_identity_pool_id = "true"
}

resource "google_iam_workload_identity_pool_provider" "true" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.true.workload_identity_pool_id
  workload_identity_pool_provider_id = "true"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "true" # expect: cloud-any-project
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "true" {
  service_account_id = "projects/acme/serviceAccounts/true@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.true.name}/*"
}

resource "google_iam_workload_identity_pool" "subject" {
  workload_identity_pool_id = "subject"
}

resource "google_iam_workload_identity_pool_provider" "subject" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.subject.workload_identity_pool_id
  workload_identity_pool_provider_id = "subject"
  attribute_mapping = {
    "google.subject" = "assertion.ref"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "subject" {
  service_account_id = "projects/acme/serviceAccounts/subject@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.subject.name}/subject/main" # expect: cloud-any-project
}

resource "google_iam_workload_identity_pool" "joined" {
  workload_identity_pool_id = "joined"
}

resource "google_iam_workload_identity_pool_provider" "joined" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.joined.workload_identity_pool_id
  workload_identity_pool_provider_id = "joined"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.trust" = "assertion.project_id + assertion.ref"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "joined" {
  service_account_id = "projects/acme/serviceAccounts/joined@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.joined.name}/attribute.trust/42main" # expect: cloud-any-project
}

resource "google_iam_workload_identity_pool" "number" {
  workload_identity_pool_id = "number"
}

resource "google_iam_workload_identity_pool_provider" "number" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.number.workload_identity_pool_id
  workload_identity_pool_provider_id = "number"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  attribute_condition = "assertion.project_id != 13" # expect: cloud-any-project
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account_iam_member" "number" {
  service_account_id = "projects/acme/serviceAccounts/number@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.number.name}/*"
}
