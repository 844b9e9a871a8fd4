"""The fields of Vault's JWT auth method.

Source: hashicorp/vault-plugin-auth-jwt v0.26.1 path_role.go and path_config.go, Vault sdk tokenutil.go,
openbao/openbao internal/builtin/credential/jwt, checked 2026-11.
"""

from __future__ import annotations

ROLE_FIELDS = frozenset(
    {
        "role_type",
        "bound_audiences",
        "bound_subject",
        "bound_claims",
        "bound_claims_type",
        "user_claim",
        "user_claim_json_pointer",
        "groups_claim",
        "claim_mappings",
        "oidc_scopes",
        "allowed_redirect_uris",
        "verbose_oidc_logging",
        "max_age",
        "expiration_leeway",
        "not_before_leeway",
        "clock_skew_leeway",
        "token_ttl",
        "token_max_ttl",
        "token_explicit_max_ttl",
        "token_period",
        "token_policies",
        "token_bound_cidrs",
        "token_no_default_policy",
        "token_num_uses",
        "token_type",
        "alias_metadata",
        "policies",
        "ttl",
        "max_ttl",
        "period",
        "num_uses",
        "bound_cidrs",
    }
)

# Fields that only OpenBao knows.
OPENBAO_ROLE_FIELDS = frozenset(
    {
        "token_policies_template_claims",
        "token_strictly_bind_ip",
        "callback_mode",
        "poll_interval",
        "oauth2_metadata",
        "cel_program",
        "expression",
        "message",
    }
)

OTHER_METHODS = frozenset(
    {
        "kubernetes",
        "k8s",
        "approle",
        "aws",
        "gcp",
        "azure",
        "ldap",
        "cert",
        "alicloud",
        "oci",
        "cf",
        "pcf",
        "kerberos",
    }
)
"""The paths at which other auth methods with roles are mounted by default or by habit."""
MARKS_OF_OTHER_METHODS = frozenset(
    {
        "bound_service_account_names", "bound_service_account_namespaces", "bound_service_account_namespace_selector",
        "alias_name_source", "audience", "bind_secret_id", "secret_id_bound_cidrs", "secret_id_num_uses",
        "secret_id_ttl", "auth_type", "bound_ami_id", "bound_account_id", "bound_iam_principal_arn",
        "bound_iam_role_arn", "bound_projects", "bound_service_accounts", "bound_zones", "bound_regions",
        "bound_subscription_ids", "bound_resource_groups", "bound_group_ids", "bound_service_principal_ids",
        "bound_application_ids", "arn", "ocid_list",
    }
)  # fmt: skip
"""Fields of their roles that the JWT method does not have (the methods' API pages, 2026-11)."""

MOUNT_FIELDS = frozenset(
    {
        "oidc_discovery_url",
        "oidc_discovery_ca_pem",
        "oidc_client_id",
        "oidc_client_secret",
        "oidc_response_mode",
        "oidc_response_types",
        "jwks_url",
        "jwks_ca_pem",
        "jwks_pairs",
        "jwt_validation_pubkeys",
        "bound_issuer",
        "jwt_supported_algs",
        "default_role",
        "provider_config",
        "namespace_in_state",
        "unsupported_critical_cert_extensions",
        "override_allowed_server_names",
        "skip_jwks_validation",
        "status",
    }
)

# Keys that loaders, Terraform and operators put beside the fields, and that never reach the role.
WRAPPER_KEYS = frozenset(
    {
        "name",
        "role",
        "role_name",
        "path",
        "backend",
        "mount",
        "mount_path",
        "mount_point",
        "namespace",
        "namespace_path",
        "state",
        "type",
        "description",
        "provider",
        "depends_on",
        "lifecycle",
        "for_each",
        "count",
        "disable_bound_claims_parsing",
        "comment",
        "_comment",
        "$schema",
    }
)

SECURITY_FIELDS = frozenset(
    {
        "bound_audiences",
        "bound_subject",
        "bound_claims",
        "bound_claims_type",
        "bound_issuer",
        "role_type",
        "token_explicit_max_ttl",
        "token_max_ttl",
        "token_bound_cidrs",
        "token_type",
        "token_no_default_policy",
    }
)
"""Fields whose loss (a misspelled name is ignored) opens a role or keeps its tokens alive."""
