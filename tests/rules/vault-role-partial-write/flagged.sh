vault write auth/jwt/role/app role_type=jwt user_claim=project_id bound_claims='{"project_id":"42"}' # expect: vault-role-partial-write
