#!/bin/sh
ISSUER=https://gitlab.com
az rest --method post --url "https://graph.microsoft.com/beta/applications/$OBJECT_ID/federatedIdentityCredentials" --body "$(cat body.json)"
cat > body.json <<EOF
{
  "name": "gitlab",
  "issuer": "$ISSUER",
  "audiences": ["api://AzureADTokenExchange"],
  "claimsMatchingExpression": {
    "value": "claims['sub'] matches 'project_path:acme/*:ref_type:branch:ref:main'",
    "languageVersion": 1
  }
}
EOF
