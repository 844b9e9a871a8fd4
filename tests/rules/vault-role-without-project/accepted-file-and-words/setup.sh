#!/bin/sh
vault write auth/jwt/role/shop @roles/shop.json token_policies=shop-write
vault write auth/jwt/role/app - token_policies=app-read <<JSON
{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
 "bound_claims": {"project_id": "42", "ref_protected": "true", "ref": "main", "ref_type": "branch"},
 "token_explicit_max_ttl": "5m"}
JSON
vault write auth/kubernetes/role/app bound_service_account_names=app audience=vault policies=app
