#!/bin/bash
TOKEN=$(curl -sf -d "role=app&jwt=$VAULT_ID_TOKEN" "$SECRETS/v1/auth/jwt/login" | jq -r .auth.client_token) # expect: manual-vault-login
curl -sf -H "X-Vault-Token: $TOKEN" "$SECRETS/v1/secret/data/app" > app.json
