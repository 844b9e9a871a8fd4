vault write auth/jwt/role/app - <<'EOF'
{
  "role_type": "jwt",
  "user_claim": "project_id",
  "bound_audiences": "https://vault.example.com",
  "bound_claims": {"project_id": ["42"], "ref": "main", "ref_type": "branch", "ref_protected": "true"},
  "policies": ["app-read"],
  "token_explicit_max_ttl": "5m"
}
EOF
