#!/bin/sh
VAULT_TOKEN="$(vault write -field=token auth/approle/login role_id="$ROLE_ID" secret_id="$SECRET_ID")"  # expect: static-vault-identity
export VAULT_TOKEN
