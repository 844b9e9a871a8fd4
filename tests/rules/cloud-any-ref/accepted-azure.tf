resource "azuread_application_flexible_federated_identity_credential" "protected" {
  application_id             = azuread_application_registration.ci.id
  display_name               = "protected"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_id:42:ref_type:branch:ref:*:ref_protected:true'"
}

resource "azuread_application_federated_identity_credential" "github" {
  application_id = azuread_application_registration.ci.id
  display_name   = "github"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:acme/shop:*"
}

resource "azuread_application_federated_identity_credential" "cluster" {
  application_id = azuread_application_registration.ci.id
  display_name   = "cluster"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://oidc.prod-aks.azure.com/11111111/"
  subject        = "system:serviceaccount:acme:shop"
}

resource "azuread_application_federated_identity_credential" "known" {
  application_id = azuread_application_registration.ci.id
  display_name   = "known"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://gitlab.com"
  subject        = "${var.subject}"
}
