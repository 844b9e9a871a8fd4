vault write auth/jwt/role/app bound_audiences="https://vault.example.com" user_claim=project_id role_type=jwt bound_claims.project_id=42 token_explicit_max_ttl=5m # expect: vault-role-unknown-field
