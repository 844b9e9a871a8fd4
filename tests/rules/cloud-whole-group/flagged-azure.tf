resource "azuread_application_flexible_federated_identity_credential" "group" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "group"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/*:ref_type:branch:ref:main'" # expect: cloud-whole-group
}

resource "azuread_application_flexible_federated_identity_credential" "prefix" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "prefix"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.acme.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/shop*:ref_type:branch:ref:main'" # expect: cloud-whole-group
}
