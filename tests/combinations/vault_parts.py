"""Mounts, engines, other roles and audit devices of Vault; and changes of roles, from one to another."""

from __future__ import annotations

import json
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

from tests.combinations.roles import GOOD
from tests.combinations.tables import Case

if TYPE_CHECKING:
    from collections.abc import Iterator


def _script(*commands: str) -> dict[str, str]:
    return {"setup.sh": "\n".join(commands) + "\n"}


def _written(path: str, body: Any) -> str:
    return f"vault write {path} - <<'E'\n{json.dumps(body, indent=1)}\nE"


def mounts() -> Iterator[Case]:
    """The configuration of a JWT mount, with and without roles on it."""
    configs: tuple[dict[str, Any], ...] = (
        {"oidc_discovery_url": "https://gitlab.com", "bound_issuer": "https://gitlab.com"}, {"oidc_discovery_url": "https://gitlab.com"},
        {"oidc_discovery_url": "http://gitlab.example.com"}, {"jwks_url": "https://gitlab.com/oauth/discovery/keys"},
        {"jwks_url": "https://gitlab.com/oauth/discovery/keys", "bound_issuer": "https://gitlab.com"}, {"jwks_url": "https://gitlab.com/-/jwks"},
        {"jwt_validation_pubkeys": ["-----BEGIN PUBLIC KEY-----"]}, {"jwt_validation_pubkeys": "${KEY}", "bound_issuer": "https://gitlab.com"},
        {"oidc_discovery_url": "https://gitlab.com", "default_role": "r"}, {"oidc_discovery_url": "https://gitlab.com", "default_role": "other"},
        {"oidc_discovery_url": "https://gitlab.com", "oidc_client_id": "x", "oidc_client_secret": "${S}", "bound_issuer": "https://gitlab.com"},
        {"jwks_pairs": [{"jwks_url": "https://gitlab.com/-/jwks"}, {"jwks_url": "https://other.example.com/jwks"}]},
        {"oidc_discovery_url": "https://login.example.com", "bound_issuer": "https://login.example.com"}, {"bound_issuer": "https://gitlab.com"},
        {"oidc_discovery_url": "https://gitlab.com/", "bound_issuer": "gitlab.com", "jwt_supported_algs": ["RS256", "none"]},
    )  # fmt: skip
    human = {
        "role_type": "oidc",
        "user_claim": "email",
        "allowed_redirect_uris": ["https://v/ui"],
        "token_policies": ["app"],
        "groups_claim": "groups",
    }
    roles: dict[str, list[Any]] = {
        "nobody": [], "a job": [GOOD], "a job with iss": [{**GOOD, "bound_claims": {**GOOD["bound_claims"], "iss": "https://gitlab.com"}}],
        "people": [human], "a job and people": [GOOD, human], "two jobs": [GOOD, {**GOOD, "user_claim": "sub"}],
        "an open job": [{**GOOD, "bound_claims": {"namespace_path": "group"}}],
    }  # fmt: skip
    for config, (who, written) in product(configs, roles.items()):
        commands = [_written("auth/jwt/config", config)]
        commands += [
            _written(f"auth/jwt/role/{name}", role) for name, role in zip(("r", "s"), written, strict=False)
        ]
        yield Case(f"{json.dumps(config)} {who}", _script(*commands))
    mappings = (
        {"project_path": "path"},
        {"ref": "ref"},
        {"user_login": "path"},
        {"namespace_path": "path"},
        {"user_email": "mail"},
    )
    policy = (
        'path "secret/data/{{identity.entity.aliases.jwt.metadata.path}}/*" {\n  capabilities = ["read"]\n}\n'
    )
    for one, two, user in product(mappings, mappings, ("project_id", "namespace_id", "user_id")):
        first, second = (
            {**GOOD, "user_claim": user, "claim_mappings": one},
            {**GOOD, "user_claim": user, "claim_mappings": two},
        )
        files = _script(_written("auth/jwt/role/r", first), _written("auth/jwt/role/s", second))
        yield Case(f"{user}: {json.dumps(one)} and {json.dumps(two)}", {**files, "policies/app.hcl": policy})


def changes() -> Iterator[Case]:
    """A role that becomes another one, or goes."""
    claims = GOOD["bound_claims"]
    variants: dict[str, dict[str, Any] | None] = {
        "good": GOOD, "gone": None, "any ref": {**GOOD, "bound_claims": {"project_id": "42"}},
        "other project": {**GOOD, "bound_claims": {**claims, "project_id": "43"}},
        "both projects": {**GOOD, "bound_claims": {**claims, "project_id": ["42", "43"]}},
        "glob": {**GOOD, "bound_claims_type": "glob", "bound_claims": {**claims, "ref": "*"}},
        "more policies": {**GOOD, "token_policies": ["app", "admin"]}, "no audience": {**GOOD, "bound_audiences": "LEFT OUT"},
        "longer": {**GOOD, "token_max_ttl": "24h"}, "no claims": {**GOOD, "bound_claims": {}}, "partial": {"token_policies": ["app"]},
        "people": {**GOOD, "role_type": "oidc", "allowed_redirect_uris": ["https://v/ui"]},
        "by user": {**GOOD, "bound_claims": {"user_login": "x"}}, "unprotected": {**GOOD, "bound_claims": {**claims, "ref_protected": "false"}},
    }  # fmt: skip

    def files(role: dict[str, Any] | None) -> dict[str, str]:
        kept = {key: value for key, value in (role or {}).items() if value != "LEFT OUT"}
        return _script("vault auth enable jwt", *([_written("auth/jwt/role/r", kept)] if role else []))

    for (one, before), (two, after) in permutations(variants.items(), 2):
        yield Case(f"{one} -> {two}", files(after), files(before))
    for name, role in variants.items():
        yield Case(f"new: {name}", files(role), {"README.md": "x\n"})
    devices = {
        "none": "", "file": "vault audit enable file file_path=/var/log/vault.log", "raw": "vault audit enable file file_path=/x log_raw=true",
        "socket": "vault audit enable socket address=10.0.0.1:9090", "stdout": "vault audit enable file file_path=stdout",
        "off": "vault audit disable file", "no hmac": "vault audit enable file file_path=/x hmac_accessor=false",
        "two": "vault audit enable file file_path=/a\nvault audit enable -path=b file file_path=/b", "elide": "vault audit enable file file_path=/x elide_list_responses=true",
        "world": "vault audit enable file file_path=/x mode=0644", "prefix": "vault audit enable file file_path=/x prefix=y", "filter": 'vault audit enable file file_path=/x filter="mount_type == kv"',
    }  # fmt: skip
    for (one, before_device), (two, after_device) in product(devices.items(), repeat=2):
        base = None if one == two else _script("vault secrets enable kv", before_device)
        yield Case(f"audit {one} -> {two}", _script("vault secrets enable kv", after_device), base)


def engines() -> Iterator[Case]:
    """Roles of secret engines and of other auth methods."""
    times = ("", "1h", "24h", "72h", "720h", "0", "x", 3600)
    for default, most in product(times, repeat=2):
        body = {
            "db_name": "app",
            "creation_statements": ["GRANT SELECT ON x TO y"],
            "default_ttl": default,
            "max_ttl": most,
        }
        yield Case(f"default {default!r} max {most!r}", _script(_written("database/roles/app", body)))
    statements = (
        "GRANT ALL PRIVILEGES ON *.* TO '{{name}}'", "GRANT SELECT ON app.* TO '{{name}}'", 'CREATE ROLE "{{name}}" SUPERUSER', "ALTER USER x WITH SUPERUSER",
        'GRANT admin TO "{{name}}"', '{"db": "admin", "roles": [{"role": "root"}]}', '{"db": "app", "roles": [{"role": "readWrite"}]}', "GRANT ALL ON DATABASE app TO x",
        "EXEC sp_addsrvrolemember '{{name}}', 'sysadmin'", "~ +@all", "CREATE USER x; GRANT SELECT ON a TO x WITH GRANT OPTION", "",
    )  # fmt: skip
    for statement in statements:
        body = {"db_name": "app", "creation_statements": [statement], "default_ttl": "1h", "max_ttl": "1h"}
        yield Case(f"statement {statement}", _script(_written("database/roles/app", body)))
    bodies: tuple[tuple[str, Any], ...] = (
        ("aws/roles/app", {"credential_type": "iam_user", "policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}),
        ("aws/roles/app", {"credential_type": "iam_user", "policy_document": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'}),
        ("aws/roles/app", {"credential_type": "iam_user", "policy_document": '{"Statement": {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}}'}),
        ("aws/roles/app", {"credential_type": "iam_user", "policy_document": '{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'}),
        ("aws/roles/app", {"credential_type": "assumed_role", "role_arns": ["arn:aws:iam::1:role/*"]}),
        ("aws/roles/app", {"credential_type": "assumed_role", "role_arns": ["arn:aws:iam::1:role/app"]}), ("aws/roles/app", {"iam_groups": ["admins"]}),
        ("gcp/roleset/app", {"bindings": 'resource "//cloudresourcemanager.googleapis.com/projects/x" {\n  roles = ["roles/owner"]\n}'}),
        ("gcp/roleset/app", {"bindings": 'resource "x" {\n  roles = ["roles/viewer"]\n}'}), ("azure/roles/app", {"azure_roles": '[{"role_name": "Owner", "scope": "/"}]'}),
        ("azure/roles/app", {"azure_roles": '[{"role_name": "Reader", "scope": "/subscriptions/x"}]'}), ("azure/roles/app", {"application_object_id": "x"}),
        ("pki/roles/app", {"allow_any_name": True}), ("pki/roles/app", {"allowed_domains": ["example.com"], "allow_subdomains": True, "max_ttl": "72h"}),
        ("pki/roles/app", {"allow_any_name": True, "max_ttl": "9000h"}), ("ssh/roles/app", {"key_type": "ca", "allowed_users": "*", "ttl": "1h"}),
        ("ssh/roles/app", {"key_type": "ca", "allowed_users": "root", "max_ttl": "24h"}), ("kubernetes/roles/app", {"generated_role_rules": "rules: [{verbs: ['*']}]"}),
        ("kubernetes/roles/app", {"kubernetes_role_name": "cluster-admin", "kubernetes_role_type": "ClusterRole"}), ("consul/roles/app", {"policies": ["global-management"]}),
        ("nomad/role/app", {"type": "management"}), ("rabbitmq/roles/app", {"tags": "administrator"}), ("rabbitmq/roles/app", {"vhosts": '{"/": {"write": ".*"}}'}),
        ("auth/token/roles/app", {"allowed_policies": ["app"]}), ("auth/token/roles/app", {}), ("auth/token/roles/app", {"allowed_policies_glob": ["*"]}),
        ("auth/token/roles/app", {"disallowed_policies": ["admin"], "orphan": True, "period": "24h"}), ("auth/token/roles/app", {"disallowed_policies_glob": ["*"]}),
        ("auth/approle/role/app", {"token_policies": ["app"]}), ("auth/approle/role/app", {"secret_id_ttl": "10m", "token_policies": ["app"]}),
        ("auth/approle/role/app", {"secret_id_ttl": "0", "secret_id_num_uses": 0}), ("auth/approle/role/app", {"secret_id_num_uses": 1, "token_ttl": "10m"}),
        ("auth/approle/role/app", {"bind_secret_id": False}), ("auth/approle/role/app", {"secret_id_bound_cidrs": ["10.0.0.0/8"]}),
        ("auth/approle/role/app", {"secret_id_ttl": "8760h"}), ("auth/approle/role/app", {"secret_id_ttl": "${TTL}"}), ("auth/kubernetes/role/app", {"policies": ["app"]}),
    )  # fmt: skip
    for path, body in bodies:
        yield Case(f"{path} {json.dumps(body)}", _script(_written(path, body)))
