resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'ci'
  location: resourceGroup().location
}

resource credential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  name: 'gitlab-main'
  parent: identity
  properties: {
    issuer: 'https://gitlab.example.com'
    subject: 'project_id:42:ref_type:branch:ref:main:ref_protected:true'
    audiences: [ 'api://AzureADTokenExchange' ]
  }
}
