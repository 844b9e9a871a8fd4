#!/bin/sh
vault write auth/jwt/role/app role_type=jwt user_claim=project_id token_explicit_max_ttl=5m \
  bound_subject="project_path:shop/app:ref_type:branch:ref:main" \
  bound_audiences='["https://vault.example.com"]' \
  token_policies='["app-read","app-list"]'
