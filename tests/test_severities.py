"""Every severity that a rule is said to have is one that a record shows, in its samples or in a table, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.rules import ALL_RULES

HERE = Path(__file__).parent
_REPORTED = re.compile(
    r"^(?:\S+ )?(?P<rule>[a-z0-9-]+): (?P<severity>critical|high|medium|low|info),? (?:confidence )?\w+,? (?P<effect>\w+)",
    re.MULTILINE,
)
ELSEWHERE = {"hardcoded-credential": "its tokens are made at run time", "vault-drift": "it compares a server"}
"""Rules whose findings no record can show: tests/rules_built and tests/running have them."""


@pytest.fixture(scope="module")
def recorded() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in (*HERE.glob("rules/**/*.snapshot"), *HERE.glob("combinations/*.snapshot")):
        for match in _REPORTED.finditer(path.read_text(encoding="utf-8")):
            found.setdefault(match["rule"], set()).add(match["severity"])
    return found


@pytest.mark.parametrize(
    "rule", [each for each in ALL_RULES if each.id not in ELSEWHERE], ids=lambda rule: rule.id
)
def test_a_rule_has_the_severities_that_are_recorded(rule, recorded):
    assert recorded[rule.id] == {rule.severity.value, *(each.value for each in rule.others)}
