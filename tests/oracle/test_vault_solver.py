"""Roles over GitLab's own claims, generated: where the solver finds a token, Vault lets it in; where it finds none, nobody gets in.

`SEALCHECK_ORACLE=full` compares 10,000 roles, otherwise a sample that takes a few seconds.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from bot.facts.gitlab_claims import CLAIMS, Type
from bot.facts.gitlab_values import can_write
from bot.vault.claims.solver import can_send, satisfying
from bot.vault.claims.terms import WriteRefusal, written
from bot.vault.claims.witness import token

pytestmark = pytest.mark.oracle

ROLES = 10_000 if os.environ.get("SEALCHECK_ORACLE") == "full" else 600
SEED = 20261129
VALUES = {
    "project_id": ["42", "7", "4*", "*", ".*", "42.*", "12,34", 42, 42.0, "x"],
    "project_path": ["g/p", "g/s/p", "g/*", "g*", "*/p", "/g/p", "p"],
    "namespace_path": ["g", "g/s", "g*", "/g"],
    "ref": ["main", "v1", "r/*", "*", "refs/heads/main", "main,v1", "^main$"],
    "ref_type": ["branch", "tag", "commit", "*", "t*"],
    "ref_path": ["refs/heads/main", "refs/tags/v1", "main", "*/main", "refs/heads/*"],
    "ref_protected": ["true", "false", True, "yes"],
    "pipeline_source": ["push", "merge_request_event", "merge_request", "*"],
    "sub": ["project_path:g/p:ref_type:branch:ref:main", "project_path:g/*", "*:ref:main", "g/p"],
    "environment": ["production", "a:b", "pro*"],
    "runner_id": [1, "1", 7],
    "branch": ["main"],
}


def role(rng):
    names = rng.sample(list(VALUES), rng.randint(1, 3))
    glob = rng.random() < 0.5
    claims = {}
    for name in names:
        values = [value for value in VALUES[name] if isinstance(value, str) or not glob] or ["1"]
        claims[name] = rng.choice(values) if rng.random() < 0.7 else rng.sample(values, min(2, len(values)))
    fields = {"role_type": "jwt", "user_claim": rng.choice(["project_id", "sub", "runner_id", "user_login"] if rng.random() < 0.2 else ["project_id"]),
              "bound_audiences": "https://vault.example.com", "bound_claims": claims, "bound_claims_type": "glob" if glob else "string"}  # fmt: skip
    if rng.random() < 0.15:
        fields["claim_mappings"] = {rng.choice(["runner_id", "ref", "groups_direct", "environment"]): "x"}
    return fields


def some_token(rng, fields):
    """A token of GitLab's made of the texts that the role compares; None where GitLab cannot send it."""
    claims = {"aud": "https://vault.example.com"}
    for name, bound in fields["bound_claims"].items():
        item = rng.choice(bound if isinstance(bound, list) else [bound])
        if name not in CLAIMS or not isinstance(item, str):
            continue
        text = item.replace("*", rng.choice(["x", "1", "main", "", "g/p"]))
        if CLAIMS[name].type is Type.STRING and can_write(name, text):
            claims[name] = text
    whole = token(claims)
    return whole if can_send(whole) else None


def test_the_solver_agrees_with_vault(vault_server):
    vault_server.enable_jwt("solver")
    rng = random.Random(SEED)
    disagreements, met, dead = [], 0, 0
    for number in range(ROLES):
        fields = role(rng)
        stored = written(fields)
        vault_server.delete("auth/solver/role/r")  # a write keeps the fields that it does not name
        answer = vault_server.write("auth/solver/role/r", fields)
        if (answer.status in {200, 204}) == isinstance(stored, WriteRefusal):
            disagreements.append((number, "write", fields, stored, answer))
        if isinstance(stored, WriteRefusal):
            continue
        found = satisfying(stored)
        tokens = (
            [token(found, sparse=True)] if found is not None else [some_token(rng, fields) for _ in range(4)]
        )
        met += found is not None
        dead += found is None
        for claims in filter(None, tokens):
            is_in = vault_server.login("solver", "r", {**claims, "iat": int(time.time())}).status == 200
            is_sure = not ("sub" in fields["bound_claims"] and fields["bound_claims_type"] == "glob")
            if is_in != (found is not None) or (found is not None and is_sure and not can_send(claims)):
                disagreements.append((number, "login", fields, found, claims))
    assert disagreements == []
    assert min(met, dead) > ROLES / 10
