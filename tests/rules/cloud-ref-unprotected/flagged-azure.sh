#!/bin/bash
set -eu
SUBJECT="project_path:acme/shop:ref_type:tag:ref:v1.0"
az identity federated-credential create --name gitlab --identity-name ci --resource-group ci \
  --issuer https://gitlab.example.com --audiences api://AzureADTokenExchange \
  --subject "$SUBJECT" # expect: cloud-ref-unprotected
az ad app federated-credential create --id "$APP_ID" --parameters '{"name": "gitlab", "issuer": "https://gitlab.com", "subject": "project_path:acme/shop:ref_type:branch:ref:main", "audiences": ["api://AzureADTokenExchange"]}' # expect: cloud-ref-unprotected
