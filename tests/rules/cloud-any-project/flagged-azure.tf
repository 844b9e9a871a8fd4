resource "azuread_application_flexible_federated_identity_credential" "any0" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "any0"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:*'" # expect: cloud-any-project
}

resource "azuread_application_flexible_federated_identity_credential" "any1" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "any1"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:*/shop:ref_type:branch:ref:main'" # expect: cloud-any-project
}

resource "azuread_application_flexible_federated_identity_credential" "any2" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "any2"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme*:ref_type:branch:ref:main'" # expect: cloud-any-project
}
