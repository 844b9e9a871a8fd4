#!/bin/sh
vault write auth/jwt/login role=lint jwt="$VAULT_ID_TOKEN"
