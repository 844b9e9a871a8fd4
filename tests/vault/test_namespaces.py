"""Which namespace code is for, and that a role gets the policies of its own."""

from __future__ import annotations

import pytest

from bot.repository import Repository
from bot.snapshot import Tree
from bot.vault.reach import reach_of

ROLE = '{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": "v", "bound_claims": {"project_id": "4"}, "token_policies": "app"}'
PROVIDERS = 'provider "vault" {\n  namespace = "top"\n}\nprovider "vault" {\n  alias = "team"\n  namespace = "team"\n}\n'
RESOURCE = (
    'resource "vault_jwt_auth_backend_role" "r" {\n  role_name = "r"\n  role_type = "jwt"\n  user_claim = "project_id"\n'
    "  bound_claims = { project_id = 4 }\n%s}\n"
)


@pytest.mark.parametrize(
    ("path", "text", "namespace"),
    [
        ("r.sh", f"vault write -namespace=team auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n", "team"),
        ("r.sh", f"vault write -ns team/ auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n", "team"),
        ("r.sh", f"VAULT_NAMESPACE=team/sub vault write auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n", "team/sub"),
        ("r.sh", f"bao write team/auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n", "team"),
        ("r.sh", f"bao write -namespace=team sub/auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n", "team/sub"),
        ("r.sh", f"vault write -namespace=$NS auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n", ""),
        ("r.sh", f"vault write -namespace=root auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n", ""),
        ("r.sh", f"curl -H 'X-Vault-Namespace: team' -d '{ROLE}' $VAULT_ADDR/v1/auth/jwt/role/r\n", "team"),
        ("r.tf", RESOURCE % "", ""),
        ("r.tf", RESOURCE % '  namespace = "team"\n', "team"),
        ("r.tf", PROVIDERS + RESOURCE % "", "top"),
        ("r.tf", PROVIDERS + RESOURCE % "  provider = vault.team\n", "team"),
        ("r.tf", PROVIDERS + RESOURCE % '  provider = vault.team\n  namespace = "sub"\n', "team/sub"),
        ("r.tf", RESOURCE % "  namespace = var.unknown\n", ""),
    ],
)
def test_the_namespace_of_a_role(path, text, namespace):
    [role] = Repository(Tree({path: text})).vault.roles
    assert role.namespace == namespace


@pytest.mark.parametrize(
    ("command", "namespace"),
    [
        ("vault policy write -namespace=team app - <<EOF\n%s\nEOF\n", "team"),
        ("vault write team/sys/policies/acl/app policy='%s'\n", "team"),
        ("vault policy write app - <<EOF\n%s\nEOF\n", ""),
    ],
)
def test_the_namespace_of_a_policy(command, namespace):
    text = command % 'path "secret/data/app" { capabilities = ["read"] }'
    [policy] = Repository(Tree({"p.sh": text})).vault.policies
    assert (policy.name, policy.namespace) == ("app", namespace)


def test_a_role_gets_the_policy_of_its_own_namespace():
    policy = 'vault policy write%s app - <<EOF\npath "%s" { capabilities = ["read"] }\nEOF\n'
    files = {
        "a.sh": policy % (" -namespace=other", "kv/other"),
        "b.sh": policy % (" -namespace=team", "kv/team"),
        "r.sh": f"vault write -namespace=team auth/jwt/role/r - <<EOF\n{ROLE}\nEOF\n",
    }
    vault = Repository(Tree(files)).vault
    assert [grant.rule.path for grant in reach_of(vault.roles[0], vault).grants] == ["kv/team"]
    del files["b.sh"]
    vault = Repository(Tree(files)).vault
    assert reach_of(vault.roles[0], vault).missing == ("app",)
