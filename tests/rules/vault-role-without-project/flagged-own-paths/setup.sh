#!/bin/sh
# Every project may log in: `own` opens to each the paths with its own number, `wide` opens one path to all.
vault write auth/jwt/role/own - <<JSON
{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
 "claim_mappings": {"project_id": "project"}, "bound_claims": {"ref_protected": "true"},
 "token_explicit_max_ttl": "5m", "token_policies": ["own"]}
JSON
vault write auth/jwt/role/wide - <<JSON
{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
 "claim_mappings": {"project_id": "project"}, "bound_claims": {"ref_protected": "true"},
 "token_explicit_max_ttl": "5m", "token_policies": ["own", "wide"]}
JSON
vault write auth/jwt/role/begins - <<JSON
{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
 "claim_mappings": {"project_id": "project"}, "bound_claims": {"ref_protected": "true"},
 "token_explicit_max_ttl": "5m", "token_policies": ["begins"]}
JSON
vault policy write own - <<HCL
path "kv/data/projects/{{identity.entity.aliases.auth_jwt_1.metadata.project}}/*" { capabilities = ["read"] }
HCL
vault policy write wide - <<HCL
path "kv/data/shared/*" { capabilities = ["read"] }
HCL
vault policy write begins - <<HCL
path "kv/data/projects/{{identity.entity.aliases.auth_jwt_1.metadata.project}}*" { capabilities = ["read"] }
HCL
