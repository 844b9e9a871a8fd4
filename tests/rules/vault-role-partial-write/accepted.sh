vault write auth/jwt/role/app - <<'EOF'
{"role_type": "jwt", "user_claim": "project_id", "bound_claims": {"project_id": "42"}}
EOF
