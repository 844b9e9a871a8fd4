resource "azuread_application_federated_identity_credential" "star" {
  application_id = azuread_application_registration.ci.id
  display_name   = "star"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://gitlab.com"
  subject        = "project_path:acme/shop:ref_type:branch:ref:*" # expect: cloud-never-matches
}

resource "azurerm_federated_identity_credential" "environment" {
  name      = "environment"
  parent_id = azurerm_user_assigned_identity.ci.id
  audience  = ["api://AzureADTokenExchange"]
  issuer    = "https://gitlab.example.com"
  subject   = "project_path:acme/shop:environment:production" # expect: cloud-never-matches
}

resource "azuread_application_federated_identity_credential" "slash" {
  application_id = azuread_application_registration.ci.id
  display_name   = "slash"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://gitlab.com/" # expect: cloud-never-matches
  subject        = "project_path:acme/shop:ref_type:branch:ref:main"
}

resource "azuread_application_flexible_federated_identity_credential" "claim" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "claim"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['ref'] eq 'main'" # expect: cloud-never-matches
}

resource "azuread_application_flexible_federated_identity_credential" "either" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "either"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] eq 'project_path:acme/shop:ref_type:branch:ref:main' or claims['sub'] eq 'project_path:acme/cart:ref_type:branch:ref:main'" # expect: cloud-never-matches
}

resource "azuread_application_flexible_federated_identity_credential" "host" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "host"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://git.acme.org"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/shop:*'" # expect: cloud-never-matches
}

resource "azuread_application_flexible_federated_identity_credential" "equal" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "equal"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] eq 'project_path:acme/shop:*'" # expect: cloud-never-matches
}
