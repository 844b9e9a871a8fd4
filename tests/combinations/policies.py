"""Policies of Vault: every kind of path with every kind of capability."""

from __future__ import annotations

import json
from itertools import combinations, product
from typing import TYPE_CHECKING

from tests.combinations.tables import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = (
    "*", "+/*", "secret/*", "secret/data/*", "secret/metadata/*", "secret/destroy/*", "secret/data/app/*", "secret/data/app",
    "secret/data/app*", "secret/+/app", "secret/data/+/prod", "secret/*/x", "/secret/data/app", "kv/prod-*", "secret",
    "sys/*", "sys/policies/acl/*", "sys/policy/x", "sys/mounts/*", "sys/auth/*", "sys/audit", "sys/raw/*", "sys/seal",
    "sys/leases/lookup/*", "sys/capabilities-self", "sys/health", "auth/*", "auth/token/create", "auth/token/create/*",
    "auth/token/lookup-self", "auth/token/roles/*", "auth/jwt/role/*", "auth/+/role/*", "auth/approle/role/app/secret-id",
    "auth/userpass/users/{{identity.entity.name}}/password", "identity/*", "identity/entity/id/*", "database/creds/*",
    "database/creds/app", "database/config/*", "aws/sts/*", "aws/creds/app", "aws/roles/*", "pki/issue/*", "pki/root/*",
    "ssh/sign/*", "transit/encrypt/*", "transit/keys/*", "cubbyhole/*", "consul/creds/*", "secret/data/{{identity.entity.id}}/*",
    "secret/data/{{identity.entity.aliases.x.metadata.project_path}}/*", "secret/data/{{identity.entity.metadata.team}}/*",
    "secret/data/{{identity.groups.names.x.id}}", "${var.mount}/data/*", "secret/data/${var.team}/*", "",
)  # fmt: skip
_CAPABILITIES = (
    "read", "list", "read list", "create update", "delete", "sudo", "read sudo", "update sudo", "deny", "deny read", "root",
    "patch", "", "reed", "create read update delete list sudo",
)  # fmt: skip


def _rule(path: str, capabilities: str, more: str = "") -> str:
    return f'path "{path}" {{\n  capabilities = {json.dumps(capabilities.split())}{more}\n}}\n'


def paths() -> Iterator[Case]:
    """One path with one set of capabilities."""
    for path, capabilities in product(_PATHS, _CAPABILITIES):
        yield Case(f"{path} [{capabilities}]", {"policies/app.hcl": _rule(path, capabilities)})


def pairs() -> Iterator[Case]:
    """Two rules of one policy; a rule with other keys."""
    rules = {
        "all": _rule("secret/data/*", "read"), "own": _rule("secret/data/app/*", "read"), "not": _rule("secret/data/app/*", "deny"),
        "any": _rule("secret/data/+/db", "read update"), "listing": _rule("secret/metadata/app/*", "list"),
        "policies": _rule("sys/policies/acl/*", "update"), "roles": _rule("auth/jwt/role/*", "create update"),
        "mounts": _rule("sys/mounts/*", "create update sudo"), "tokens": _rule("auth/token/create", "update"),
        "root": _rule("*", "read update create delete list sudo"), "creds": _rule("database/creds/*", "read"),
        "lookup": _rule("auth/token/lookup-self", "read"), "audit": _rule("sys/audit", "read sudo"),
    }  # fmt: skip
    for (one, first), (two, second) in combinations(rules.items(), 2):
        yield Case(f"{one}, {two}", {"policies/app.hcl": first + second})
    keys = (
        'allowed_parameters = { "a" = [] }', 'allowed_parameters = { "*" = [] }', 'denied_parameters = { "a" = ["b"] }',
        'required_parameters = ["a"]', 'min_wrapping_ttl = "1h"', 'max_wrapping_ttl = "1s"', 'min_wrapping_ttl = "x"',
        'policy = "read"', 'policy = "write"', 'policy = "sudo"', 'policy = "deny"', 'policy = "x"', 'color = "red"',
        'capabilities = ["list"]', "control_group = {}", 'min_wrapping_ttl = "2h"\n  max_wrapping_ttl = "1h"',
    )  # fmt: skip
    for key, path in product(keys, ("secret/data/app", "auth/token/create", "sys/policies/acl/app")):
        yield Case(f"{path} {key}", {"policies/app.hcl": _rule(path, "update", f"\n  {key}")})
        if key.startswith("policy"):
            yield Case(f"{path} {key} alone", {"policies/app.hcl": f'path "{path}" {{\n  {key}\n}}\n'})


def used() -> Iterator[Case]:
    """A policy and the role that gives it: what it weighs depends on who logs in."""
    roles = {
        "guarded": {"project_id": "42", "ref": "main", "ref_type": "branch", "ref_protected": "true"},
        "any branch": {"project_id": "42"}, "a whole group": {"namespace_path": "group"}, "nobody": {"ref": "no such branch"},
    }  # fmt: skip
    rules = ("secret/data/*", "sys/policies/acl/*", "database/creds/*", "*", "secret/data/app", "auth/token/create", "sys/seal",
             "secret/data/{{identity.entity.aliases.x.metadata.project_path}}/*", "auth/jwt/role/r")  # fmt: skip
    for (name, claims), path, capabilities in product(
        roles.items(), rules, ("read", "create update", "update sudo")
    ):
        written = {
            "role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
            "bound_claims": claims, "token_policies": ["app"], "token_ttl": "10m", "token_max_ttl": "10m",
        }  # fmt: skip
        script = f"vault write auth/gitlab/role/r - <<'EOF'\n{json.dumps(written)}\nEOF\n"
        yield Case(
            f"{name}: {path} [{capabilities}]",
            {"policies/app.hcl": _rule(path, capabilities), "vault/roles.sh": script},
        )


def reads() -> Iterator[Case]:
    """A job that reads a secret with a role, and the policy of that role; paths in the way of the other KV version."""
    job = """deploy:
  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}
  variables: {VAULT_SERVER_URL: https://vault.example.com, VAULT_AUTH_ROLE: app}
  secrets:
    APP_KEY: {vault: %s, token: $VAULT_ID_TOKEN}
  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]
  script: [./deploy.sh]
"""
    role = {
        "role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
        "bound_claims": {"project_id": "42", "ref": "main", "ref_type": "branch", "ref_protected": "true"},
        "token_policies": ["app"], "token_ttl": "10m", "token_max_ttl": "10m",
    }  # fmt: skip
    paths = (
        "secret/data/app/web", "secret/app/web", "secret/data/app/*", "secret/data/other", "secret/metadata/app/web",
        "secret/data/+/web", "secret/data/*/web", "kv/data/app/web", "secret/data/app/web/", "v1/secret/data/app/web",
        "secret/data/app[0-9]", "secret/data/a+", "secret/**", "secret/app/**",
    )  # fmt: skip
    asked = (
        "app/web/key@secret",
        "app/web/key@kv",
        "$PATH_OF_IT",
        "{engine: {name: kv-v1, path: secret}, path: app/web, field: k}",
    )
    for path, capabilities, secret in product(paths, ("read", "list", "deny", "update"), asked):
        files = {
            ".gitlab-ci.yml": job % secret,
            "policies/app.hcl": _rule(path, capabilities),
            "vault/roles.sh": f"vault write auth/jwt/role/app - <<'EOF'\n{json.dumps(role)}\nEOF\n",
        }
        yield Case(f"{secret} by {path} [{capabilities}]", files)
    for version, path in product(
        ("-version=2 kv", "-version=1 kv", "kv-v2", "kv", "-path=secret -version=2 kv"), paths
    ):
        files = {
            "policies/app.hcl": _rule(path, "read"),
            "vault/mounts.sh": f"vault secrets enable -path=secret {version}\n",
        }
        yield Case(f"secrets enable {version}: {path}", files)
