"""Generated CEL programs and claims, logged in at a real OpenBao and evaluated here: no disagreement where we decide.

`SEALCHECK_ORACLE=full` compares 6,000 logins, otherwise a sample that takes a few seconds.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from bot.documents.location import Span
from bot.documents.nodes import Scalar
from bot.vault.cel_roles import cel_role_of
from bot.vault.values import mapping_of

pytestmark = pytest.mark.oracle

PROGRAMS = 1_000 if os.environ.get("SEALCHECK_ORACLE") == "full" else 60
LOGINS_EACH = 6
SEED = 20261129
HERE = Span("role.json", 1, 1, 1, 1)
CLAIMS = {
    "project_id": ["42", "7", 42],
    "project_path": ["g/p", "g/s/p", "evil/g/p"],
    "ref": ["main", "release/1", "mainly"],
    "ref_protected": ["true", "false", True],
    "groups_direct": [["g", "h"], [], ["x"]],
}
ATOMS = [
    'claims.project_id == "42"',
    'claims.project_id in ["42", "43"]',
    'claims.ref == "main"',
    'claims.ref != "main"',
    'claims.ref.startsWith("main")',
    'claims.ref.matches("^release/[0-9]+$")',
    'claims.project_path.endsWith("g/p")',
    'claims.project_path.contains("/s/")',
    'claims["ref_protected"] == "true"',
    "claims.ref_protected == true",
    '"g" in claims.groups_direct',
    'claims.groups_direct.exists(g, g == "h")',
    'claims.groups_direct.all(g, g != "x")',
    "size(claims.groups_direct) > 0",
    "has(claims.project_id)",
    "!has(claims.environment)",
    'has(claims.environment) && claims.environment == "production"',
    "claims.project_id == 42",
    "true",
]
RESULTS = ['pb.Auth{policies: ["app"], display_name: "job"}', "false", "true", '"refused"']


def program(rng):
    condition = rng.choice(ATOMS)
    for _ in range(rng.randint(0, 2)):
        condition = f"({condition}) {rng.choice(['&&', '||'])} ({rng.choice(ATOMS)})"
    if rng.random() < 0.15:
        condition = f"!({condition})"
    yes, no = RESULTS[0], rng.choice(RESULTS[1:])
    return f"{condition} ? {yes} : {no}" if rng.random() < 0.8 else f"{condition} ? {no} : {yes}"


def claims(rng):
    return {name: rng.choice(values) for name, values in CLAIMS.items() if rng.random() < 0.85}


def role_with(expression):
    text = Scalar(expression, expression, HERE)
    inner = mapping_of([(Scalar("expression", "expression", HERE), text)], HERE)
    return cel_role_of(
        "jwt", "r", mapping_of([(Scalar("cel_program", "cel_program", HERE), inner)], HERE), HERE
    )


def test_programs_decide_as_on_the_server(openbao_server):
    openbao_server.enable_jwt("cel")
    rng = random.Random(SEED)
    fates = {"logs in": 0, "refused": 0, "not decided": 0, "not stored": 0}
    disagreements = []
    for _ in range(PROGRAMS):
        expression = program(rng)
        body = {"cel_program": {"expression": expression}, "bound_audiences": "x"}
        if openbao_server.write("auth/cel/cel/role/r", body).status >= 400:
            fates["not stored"] += 1
            continue
        role = role_with(expression)
        for _ in range(LOGINS_EACH):
            now = int(time.time())
            token = {**claims(rng), "aud": "x", "sub": "s", "iat": now, "exp": now + 600}
            ours = role.accepts(token)
            login = {"role": "r", "jwt": openbao_server.sign(token)}
            answer = openbao_server.request("POST", "auth/cel/cel/login", login, token="")
            fates["not decided" if ours is None else "logs in" if ours else "refused"] += 1
            if ours is not None and ours != (answer.status == 200):
                disagreements.append((expression, token, ours, answer.errors))
    print(f"\nCEL programs against the server: {fates}")
    assert not disagreements, disagreements[:3]
    assert min(fates["logs in"], fates["refused"]) > PROGRAMS // 4, fates
    assert fates["not decided"] < PROGRAMS, fates
