"""Expressions as GitLab's own code answers them; the whole table is read where it is available."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.pipeline.conditions import holds, is_valid

TRUTH = Path(os.environ.get("SEALCHECK_TRUTH", Path(__file__).parents[3] / "shared" / "truth"))
INVALID = "invalid"


def answer(expression, variables):
    return holds(expression, variables.get) if is_valid(expression) else INVALID


@pytest.mark.parametrize(
    ("expression", "variables", "expected"),
    [
        ("null!", {}, True),  # an operator takes what it finds, also behind itself
        ("$ROLE $OTHER ==", {"ROLE": "x", "OTHER": "x"}, True),
        ("$ROLE $OTHER", {}, INVALID),
        ("!", {}, INVALID),
        ("($ROLE", {}, INVALID),
        ("$ROLE)", {}, INVALID),
        ("$naïve == null", {}, INVALID),  # a name has ASCII letters only
        ("$R =~ /a/", {"R": "a"}, INVALID),  # a pattern has two characters at least
        ("$R =~ /ab/x", {"R": "ab"}, INVALID),
        ("$R =~ /(?=ab)/", {"R": "ab"}, INVALID),
        ("false && $R =~ /(?=ab)/", {}, INVALID),  # not asked, refused all the same
        ("$R =~ /\\p{L}+x/", {"R": "éx"}, True),
        ("$R =~ $P", {"R": "ab", "P": "x\n/ab/\ny"}, True),  # one line of the variable is a pattern
        (
            "$R =~ $P",
            {"R": "abc", "P": "/(ab/"},
            False,
        ),  # no pattern: looked for as text, the other way round
        ("$R =~ $P", {"R": "(a", "P": "/(ab/"}, True),
        ("false =~ /fals./", {}, True),
        ("/ab/ == /ab/", {}, True),
        ("$R == /ab/", {"R": "/ab/"}, False),
        ("$A || $B", {"A": "", "B": "x"}, False),  # the empty text is a value
        (" && ".join(["$A"] * 50), {"A": "x"}, True),  # 99 tokens
        ("!" + " && ".join(["$A"] * 50), {"A": "x"}, INVALID),
    ],
)
def test_an_expression(expression, variables, expected):
    assert answer(expression, variables) == expected


def test_every_row_of_the_table_agrees():
    table = TRUTH / "expressions.jsonl"
    if not table.exists():
        pytest.skip("the table of GitLab's answers is not at hand (SEALCHECK_TRUTH names its folder)")
    rows = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    wrong = [row["id"] for row in rows if answer(row["expr"], row.get("variables", {})) != row["value"]]
    assert wrong == []
