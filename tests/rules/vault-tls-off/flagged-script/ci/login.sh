#!/bin/sh
set -e
export VAULT_ADDR=http://vault.example.com:8200 # expect: vault-tls-off
export VAULT_SKIP_VERIFY=true # expect: vault-tls-off
curl -sk -X POST -d "jwt=$VAULT_ID_TOKEN" https://vault.example.com/v1/auth/jwt/login > token.json # expect: vault-tls-off
