resource "azuread_application_flexible_federated_identity_credential" "branches" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "branches"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/shop:ref_type:branch:ref:*'" # expect: cloud-any-ref
}

resource "azuread_application_flexible_federated_identity_credential" "four" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "four"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/shop:ref_type:branch:ref:????'" # expect: cloud-any-ref
}

resource "azapi_resource" "credential" {
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2025-01-31-preview"
  name      = "gitlab"
  parent_id = azurerm_user_assigned_identity.ci.id
  body = {
    properties = {
      issuer    = "https://gitlab.com"
      audiences = ["api://AzureADTokenExchange"]
      claimsMatchingExpression = {
        value           = "claims['sub'] matches 'project_path:acme/shop:*'" # expect: cloud-any-ref
        languageVersion = 1
      }
    }
  }
}
