"""The witnesses that the comments show, logged in at a real Vault; and refused by the roles that the fixes make."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Tree
from bot.vault.claims.witness import token

pytestmark = pytest.mark.oracle

SAMPLES = Path(__file__).parents[1] / "rules"
PATHS = sorted(
    path
    for path in SAMPLES.glob("vault-*/flagged*")
    if path.is_file() and ".fixed." not in path.name and path.suffix not in {".snapshot", ".expect"}
)


def read(path):
    return Repository(Tree({path.name: path.read_text()}))


def store(server, role, audience):
    """The role as the sample writes it. Since 1.17 Vault wants an audience: it gets the witness's where it has none."""
    fields = {name: field.value for name, field in role.fields.items()}
    fields["bound_audiences"] = fields.get("bound_audiences") or [audience]
    server.delete(f"auth/samples/role/{role.name}")
    answer = server.write(f"auth/samples/role/{role.name}", fields)
    assert answer.status in {200, 204}, answer


def logs_in(server, role, shown):
    return server.login("samples", role.name, {**token(shown), "iat": int(time.time())}).status == 200


@pytest.fixture(scope="module")
def mounted(vault_server):
    vault_server.enable_jwt("samples")
    return vault_server


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_witnesses_log_in_and_fixed_roles_refuse_them(mounted, path):
    repository = read(path)
    fixed_path = path.with_name(f"flagged.fixed{path.suffix}")
    fixed = {role.subject: role for role in read(fixed_path).vault.roles} if fixed_path.exists() else {}
    rule = next(rule for rule in ALL_RULES if rule.id == path.parent.name)
    proven = 0
    for subject in repository.vault.subjects(rule.subject):
        for hit in rule.check(subject, repository):
            if hit.witness is None or hit.subject not in {role.subject for role in repository.vault.roles}:
                continue
            role = next(role for role in repository.vault.roles if role.subject == hit.subject)
            store(mounted, role, hit.witness.accepts["aud"])
            assert logs_in(mounted, role, hit.witness.accepts), (role.name, hit.witness)
            proven += 1
            if hit.fix is not None and hit.subject in fixed:
                store(mounted, fixed[hit.subject], hit.witness.accepts["aud"])
                honest = {
                    **hit.witness.accepts,
                    "ref_type": "branch",
                    "ref_protected": "true",
                    "environment_protected": "true",
                }
                assert not logs_in(mounted, role, hit.witness.accepts), role.name
                assert logs_in(mounted, role, honest), role.name
    if not proven:
        pytest.skip("this rule's sample shows no witness: it fails closed, or is about a lifetime")
