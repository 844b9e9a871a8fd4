"""Our evaluation of Google's attribute conditions and mappings against cel-go, over generated expressions and claims."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from bot.cel.evaluation import CelError, NotKnown, evaluate
from bot.cel.parser import NotCel, parse_cel

READER = Path(__file__).resolve().parents[2] / ".cache/oracle/cel-reader"
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        not READER.exists(), reason="the program around cel-go is not built: tests/oracle/install-cel.sh"
    ),
]
ROWS = 20_000 if os.environ.get("SEALCHECK_ORACLE") == "full" else 400
CLAIMS = (
    "project_id",
    "project_path",
    "namespace_path",
    "ref",
    "ref_protected",
    "environment",
    "runner_id",
    "groups_direct",
)
TEXTS = (
    "42",
    "acme/shop",
    "acme",
    "acme/",
    "main",
    "true",
    "",
    "a.b",
    "^acme/",
    "shop$",
    "refs/heads/main",
    "(acme|shop)/.*",
)
WRITTEN = (
    "assertion.project_id == 42",
    "assertion.project_id != 42",
    "assertion.ref_protected != false",
    "!has(assertion.environment) || assertion.environment == 'prod'",
    "!(assertion.environment == 'dev')",
    "assertion.project_id == '42' && assertion.ref == 'main' || assertion.ref == 'x'",
    "has(assertion.environment) ? assertion.environment : 'production'",
    "assertion.project_id + '::' + assertion.ref",
    "assertion.missing == 'x' || true",
    "false && assertion.missing == 'x'",
    "assertion.project_id in ['42', '43']",
    "assertion['project_id'] == \"42\"",
    "'acme' in assertion.groups_direct",
    "assertion.groups_direct.exists(g, g == 'acme')",
    "assertion.groups_direct.all(g, g.startsWith('acme'))",
    "assertion.groups_direct.filter(g, g != 'acme').size() == 0",
    "size(assertion.ref) > 3",
    r"assertion.project_path.matches('^acme/[a-z]+$')",
    r"assertion.ref.matches(r'^release\d')",
    "assertion.runner_id == 7",
    "assertion.runner_id < 8.5",
    "string(assertion.runner_id) == '7'",
    "int(assertion.project_id) == 42",
    "assertion.ref < assertion.project_path",
    "-assertion.runner_id == -7",
    "7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1",
    "{'a': 1}.a == 1",
    "[1, 2.0, 3] == [1.0, 2, 3]",
    "null == assertion.ref",
    "b'a' == b'a'",
    "'''a\nb''' == 'a\\nb'",
    "// a comment\ntrue",
    "assertion.ref == 'main' ? assertion.project_id == '42' : assertion.ref_protected == 'true'",
)


def operand(rng, depth):
    claim = f"assertion.{rng.choice(CLAIMS)}"
    text = json.dumps(rng.choice(TEXTS))
    options = [claim, claim, claim, text, text, rng.choice(("42", "7", "true", "false", "null", "1.0", "-3"))]
    if depth:
        options += [
            f"({operand(rng, depth - 1)} + {operand(rng, depth - 1)})",
            f"({boolean(rng, depth - 1)} ? {operand(rng, depth - 1)} : {operand(rng, depth - 1)})",
            f"[{operand(rng, depth - 1)}, {operand(rng, depth - 1)}]",
        ]
    return rng.choice(options)


def boolean(rng, depth):
    left, right = operand(rng, depth), operand(rng, depth)
    options = [
        f"{left} {rng.choice(('==', '!=', '==', '!=', '<', '>=', 'in'))} {right}",
        f"assertion.{rng.choice(CLAIMS)}.{rng.choice(('startsWith', 'endsWith', 'contains', 'matches'))}({json.dumps(rng.choice(TEXTS))})",
        f"has(assertion.{rng.choice(CLAIMS)})",
    ]
    if depth:
        options += [
            f"{boolean(rng, depth - 1)} {rng.choice(('&&', '||'))} {boolean(rng, depth - 1)}",
            f"!({boolean(rng, depth - 1)})",
            f"({boolean(rng, depth - 1)} || {boolean(rng, depth - 1)}) && {boolean(rng, depth - 1)}",
        ]
    return rng.choice(options)


def claims_of(rng):
    every = {
        "project_id": rng.choice(("42", "43", "7")),
        "project_path": rng.choice(("acme/shop", "acme-other/app", "other/acme/shop")),
        "namespace_path": rng.choice(("acme", "acme-other", "acme/team")),
        "ref": rng.choice(("main", "release1", "a.b")),
        "ref_protected": rng.choice(("true", "false")),
        "environment": rng.choice(("prod", "dev")),
        "runner_id": rng.choice((7, 8)),
        "groups_direct": rng.choice(([], ["acme"], ["acme", "acme/team"])),
    }
    return {name: value for name, value in every.items() if rng.random() < 0.8}


def ours(expression, claims):
    try:
        value = evaluate(parse_cel(expression), {"assertion": claims, "attribute": {}, "google": {}})
    except NotCel:
        return "refused"
    except CelError:
        return "error"
    except NotKnown as function:
        return f"not known: {function}"
    if isinstance(value, bytes):
        return "bytes"
    return "value " + json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def same(mine, theirs):
    if not (mine.startswith("value ") and theirs.startswith("value ")):
        return mine == theirs
    left, right = json.loads(mine[6:]), json.loads(theirs[6:])  # JSON's numbers have one type
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def test_cel_go_answers_as_we_do():
    rng = random.Random(20261129)
    rows = [(each, claims_of(rng)) for each in WRITTEN for _ in range(6)]
    rows += [
        (boolean(rng, 3) if rng.random() < 0.8 else operand(rng, 3), claims_of(rng)) for _ in range(ROWS)
    ]
    lines = "".join(
        json.dumps({"expression": e, "assertion": c, "attribute": {}, "google": {}}) + "\n" for e, c in rows
    )
    ran = subprocess.run([str(READER)], input=lines, capture_output=True, text=True, check=True)
    theirs = ran.stdout.splitlines()
    assert len(theirs) == len(rows)
    differ, judged = [], 0
    for (expression, claims), answer in zip(rows, theirs, strict=True):
        # cel-go checks types before it runs; Google's service too, so such a condition is never stored.
        if answer == "refused":
            continue
        judged += 1
        mine = ours(expression, claims)
        if not same(mine, answer):
            differ.append((expression, claims, mine, answer))
    assert not differ, f"{len(differ)} of {judged} differ, first: {differ[:3]}"
    assert judged > len(rows) // 2
