param issuer string = 'https://gitlab.com'
var tail = 'ref_type:branch:ref:main'

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'ci'
  displayName: 'ci'
}

resource credential 'Microsoft.Graph/applications/federatedIdentityCredentials@beta' = {
  name: '${app.uniqueName}/gitlab'
  issuer: issuer
  audiences: [
    'api://AzureADTokenExchange'
  ]
  claimsMatchingExpression: {
    value: 'claims[\'sub\'] matches \'project_path:*:${tail}\'' // expect: cloud-any-project
    languageVersion: 1
  }
}
