"""Rules that became a part of another one: what was ignored stays ignored."""

import datetime as dt

import pytest

from bot.analysis.engine import run_rules
from bot.analysis.policy import ReviewPolicy, read_policy
from bot.analysis.suppressions import judge
from bot.repository import Repository
from bot.rules import FORMER_IDS, RULE_IDS
from bot.snapshot import Tree

CLEAR = """\
deploy:
  script:
    - 'curl -H "Authorization: Bearer $API_TOKEN" http://api.example.com'  # sealcheck: ignore[secret-in-clear-text] lab
"""


def test_each_former_rule_is_gone_and_its_successor_is_there():
    assert set(FORMER_IDS).isdisjoint(RULE_IDS)
    assert set(FORMER_IDS.values()) <= set(RULE_IDS)


@pytest.mark.parametrize(("former", "now"), FORMER_IDS.items())
def test_the_former_name_counts_in_the_policy(former: str, now: str):
    text = f"ignore:\n  - rule: {former}\n    reason: moving, SEC-1\nseverity: {{{former}: low}}\n"
    policy = read_policy(".sealcheck.yml", text)
    assert [each.rule for each in policy.ignores] == [now]
    assert dict(policy.severities) == {now: "low"}


def test_the_former_name_counts_in_a_comment():
    files = {".gitlab-ci.yml": CLEAR}
    findings = run_rules(Repository(Tree(files))).findings
    (clear,) = (
        each
        for each in judge(findings, files, ReviewPolicy(), dt.date(2026, 11, 23)).findings
        if each.rule == "credential-in-cleartext"
    )
    assert clear.ignored is not None
