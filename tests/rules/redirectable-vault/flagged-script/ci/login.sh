#!/bin/sh
VAULT_TOKEN="$(vault write -field=token auth/jwt/login role="app-$CI_COMMIT_REF_NAME" jwt="$VAULT_ID_TOKEN")"  # expect: redirectable-vault
export VAULT_TOKEN
