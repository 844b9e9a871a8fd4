"""What the rules say of whole files: the main job's role, proofs of every witness, quietness."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.fixes import apply_edits
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.login import login
from bot.vault.claims.witness import token
from bot.vault.servers import Server

SAMPLES = Path(__file__).parents[1] / "rules"
FLAGGED = sorted(
    path for path in SAMPLES.glob("*/flagged.*") if path.parent.name.startswith(("vault-role", "long-token"))
)
SETUP = """vault auth enable jwt
vault write auth/jwt/config \\
  oidc_discovery_url="https://gitlab.com" \\
  bound_issuer="https://gitlab.com"
vault write auth/jwt/role/prod-db - <<EOF
{
  "role_type": "jwt",
  "user_claim": "user_email",
  "bound_claims_type": "glob",
  "bound_claims": {
    "project_id": "42",
    "ref": "main"
  },
  "policies": ["prod-db-read"],
  "ttl": "24h"
}
EOF
"""


def ids(vault, files, **more):
    return sorted(rule.id for rule, _ in vault.findings(vault.read(files, **more)))


def test_the_main_job(vault):
    text = SETUP
    assert ids(vault, {"vault/setup.sh": text}, audiences=["https://vault.example.com"]) == [
        "long-token-ttl",
        "vault-role-ref-unprotected",
        "vault-role-without-audience",
    ]
    lines = set()
    for _ in range(3):
        found = vault.findings(vault.read({"vault/setup.sh": text}, audiences=["https://vault.example.com"]))
        lines |= {edit.start_line for edit in found[0][1].fix.edits}
        text = apply_edits(text, found[0][1].fix.edits)
    assert ids(vault, {"vault/setup.sh": text}, audiences=["https://vault.example.com"]) == []
    assert '"bound_audiences": ["https://vault.example.com"],' in text


def test_its_fixes_touch_different_lines(vault):
    found = vault.findings(vault.read({"vault/setup.sh": SETUP}, audiences=["https://vault.example.com"]))
    lines = [edit.start_line for _, hit in found for edit in hit.fix.edits]
    assert len(lines) == len(set(lines)) == 3


def test_no_audience_is_invented(vault):
    for audiences in ((), ("https://a.example.com", "https://b.example.com")):
        found = vault.findings(
            vault.read({"vault/setup.sh": SETUP}, audiences=audiences), "vault-role-without-audience"
        )
        assert [hit.fix for _, hit in found] == [None]


@pytest.mark.parametrize("path", FLAGGED, ids=lambda path: path.parent.name)
def test_every_witness_of_the_samples_logs_in(vault, path):
    repository = vault.read({path.name: path.read_text()})
    roles = {role.subject: role for role in repository.vault.roles}
    proofs = [
        (hit.subject, hit.witness) for _, hit in vault.findings(repository, path.parent.name) if hit.witness
    ]
    for subject, witness in proofs:
        terms = terms_of(roles[subject])
        assert any(login(terms, token(witness.accepts), server).accepted for server in Server), (
            subject,
            witness,
        )


@pytest.mark.parametrize(
    "path",
    [path for path in FLAGGED if path.with_name(f"flagged.fixed{path.suffix}").exists()],
    ids=lambda path: path.parent.name,
)
def test_a_fixed_role_refuses_its_witness_and_admits_the_honest_job(vault, path):
    rule = path.parent.name
    before = vault.read({path.name: path.read_text()})
    fixed = vault.read({path.name: path.with_name(f"flagged.fixed{path.suffix}").read_text()})
    after = {role.subject: terms_of(role) for role in fixed.vault.roles}
    for _, hit in vault.findings(before, rule):
        if hit.witness is None or hit.fix is None:
            continue
        honest = {
            **hit.witness.accepts,
            "ref_type": "branch",
            "ref_protected": "true",
            "environment_protected": "true",
        }
        assert not login(after[hit.subject], token(hit.witness.accepts)).accepted, hit.subject
        assert login(after[hit.subject], token(honest)).accepted, hit.subject


@pytest.mark.parametrize(
    "claims",
    [
        '"repository": "org/app"',
        '"nomad_job_id": "x"',
        '"sub": "system:serviceaccount:default:app"',
        '"sub": "spiffe://example.org/app"',
        '"terraform_workspace_name": "x"',
        '"sub": "repo:org/app:ref:refs/heads/main"',
    ],
)
def test_other_issuers_never_hear_of_gitlab(vault, claims):
    role = (
        f'{{"role_type": "jwt", "user_claim": "sub", "bound_claims": {{{claims}}}, "token_policies": ["x"]}}'
    )
    for _, hit in vault.findings(vault.read({"role.json": role})):
        assert "GitLab" not in hit.message + hit.attack
    assert ids(vault, {"role.json": role}) == []


def test_people_are_left_alone(vault):
    role = '{"role_type": "oidc", "user_claim": "email", "allowed_redirect_uris": ["https://v/ui"], "token_policies": ["a"]}'
    assert ids(vault, {"role.json": role}) == []


def test_a_role_that_never_matches_is_broken_not_open(vault):
    role = '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": "a", "token_max_ttl": "5m", "bound_claims": {"project_id": 42, "ref": "main*"}}'
    found = vault.findings(vault.read({"role.json": role}))
    assert {(rule.id, str(hit.effect or rule.effect)) for rule, hit in found} == {
        ("vault-role-typed-value", "breaks"),
        ("vault-role-dead-wildcard", "breaks"),
    }


def test_the_worked_review(vault):
    """What a sharp reviewer says of the popular pattern, and nothing of what is right."""
    role = (
        '{"bound_claims":{"project_id":"42","ref":"main","ref_protected":"true"},'
        '"user_claim":"user_email","policies":["x"],"ttl":"10m"}'
    )
    assert ids(vault, {"role.json": role}) == [
        "long-token-ttl",
        "vault-role-ref-without-type",
        "vault-role-unusable",
        "vault-role-without-audience",
    ]


def test_findings_hold_no_line_of_another_file(vault):
    for path in FLAGGED:
        for _, hit in vault.findings(vault.read({path.name: path.read_text()})):
            assert hit.span.path == path.name
            assert hit.span.start_line <= len(path.read_text().split("\n"))


POLICY = 'resource "vault_policy" "p" {\n  name = "prod-db-read"\n  policy = "path \\"%s\\" { capabilities = [\\"%s\\"] }"\n}\n'


@pytest.mark.parametrize(
    ("path", "capability", "cap", "severity"),
    [
        ("secret/data/app/prod", "read", '"5m"', "high"),
        ("database/creds/app-ro", "read", '"1h"', "high"),
        ("sys/policies/acl/*", "update", '"5m"', "critical"),
    ],
)
def test_cap_and_severity_follow_what_the_role_reaches(vault, path, capability, cap, severity):
    files = {"vault/setup.sh": SETUP, "policies.tf": POLICY % (path, capability)}
    found = {rule.id: hit for rule, hit in vault.findings(vault.read(files))}
    assert f'"token_explicit_max_ttl": {cap}' in found["long-token-ttl"].fix.edits[0].text
    assert found["vault-role-ref-unprotected"].severity == severity
