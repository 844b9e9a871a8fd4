#!/bin/sh
# without a running server there is nothing to compare with
vault write auth/jwt/role/prod-db bound_claims=@claims.json
