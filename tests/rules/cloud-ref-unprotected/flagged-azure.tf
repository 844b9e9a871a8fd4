resource "azuread_application_federated_identity_credential" "main" {
  application_id = azuread_application_registration.ci.id
  display_name   = "main"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://gitlab.com"
  subject        = "project_path:acme/shop:ref_type:branch:ref:main" # expect: cloud-ref-unprotected
}

resource "azurerm_federated_identity_credential" "release" {
  name      = "release"
  parent_id = azurerm_user_assigned_identity.ci.id
  audience  = ["api://AzureADTokenExchange"]
  issuer    = "https://gitlab.example.com"
  subject   = "project_path:acme/shop:ref_type:branch:ref:release-1" # expect: cloud-ref-unprotected
}

resource "azuread_application_flexible_federated_identity_credential" "plain" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "plain"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/shop:ref_type:branch:ref:main'" # expect: cloud-ref-unprotected
}
