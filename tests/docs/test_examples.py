"""What the pages show does what they say: each example is taken from its page and tried."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.analysis.policy import read_policy
from bot.rules import ALL_RULES

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of that language, in the order of the page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [found["text"] for found in FENCE.finditer(text) if found["language"] == language]


def scan(text: str, path: str = ".gitlab-ci.yml") -> list[dict[str, Any]]:
    """The findings in a file with that text, by default a CI file."""
    called = CliRunner().invoke(main, ["scan", "-", "--stdin-filename", path, "--format", "json"], input=text)
    report: dict[str, Any] = json.loads(called.stdout)
    assert not report["errors"]
    return list(report["findings"])


def test_the_quick_starts_job_gets_the_thread_that_it_promises():
    (job,) = blocks("docs/quick-start.md", "yaml")
    found = [each for each in scan(job) if each["rule"] == "secret-in-log"]
    assert [job.split("\n")[each["line"] - 1].strip() for each in found] == ['- echo "$PASSWORD"']
    assert found[0]["fix"] is not None


QUOTED = re.compile(r"^```(?:yaml|json)\n(?P<text>[^`]*)```\n\n(?P<quote>(?:^> .*\n)+)", re.MULTILINE)


def test_the_readmes_examples_get_the_comments_that_it_quotes():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = [
        (found["text"], " ".join(found["quote"].replace("> ", "").replace("<br>", "").split()))
        for found in QUOTED.finditer(text)
    ]
    assert len(quoted) == 3
    for example, quote in quoted:
        (finding,) = scan(example, "role.json" if example.startswith("{") else ".gitlab-ci.yml")
        title = next(rule.page.title for rule in ALL_RULES if rule.id == finding["rule"])
        message = finding["message"].replace(" -> ", " → ")
        assert quote.startswith(f"**{title}** ({finding['severity']}) {message}")
        assert finding["witness"] is None or quote.endswith(finding["witness"]["story"])


@pytest.mark.parametrize("page", ["README.md", "docs/policy.md"])
def test_a_repositorys_policy_is_understood(page: str):
    (shown,) = (block for block in blocks(page, "yaml") if block.startswith("ignore:"))
    policy = read_policy(".sealcheck.yml", shown)
    assert not policy.problems
    assert policy.ignores[0].reason == "moving in Q1, SEC-123"
    assert policy.max_ttl_seconds == 15 * 60


def test_an_organisations_policy_is_understood():
    policy = read_policy("policy.yml", blocks("docs/policy.md", "yaml")[1], organisation=True)
    assert not policy.problems
    assert policy.locked == {"hardcoded-vault-token", "vault-role-without-project"}
    assert policy.reviews("platform/app")
    assert not policy.reviews("platform/sandbox/app")
    assert not policy.reviews("elsewhere/app")


def test_an_inline_ignore_silences_its_line():
    script = blocks("docs/policy.md", "yaml")[2]
    secret = (
        "  secrets:\n    LICENSE_KEY: {vault: app/licence/key@secret, file: false, token: $VAULT_ID_TOKEN}\n"
    )
    job = f"invoice:\n{secret}{script}"

    def ignored(text: str) -> list[str | None]:
        return [each["ignored"] for each in scan(text) if each["rule"] == "secret-in-log"]

    assert ignored(job) == ["printed on every invoice, no secret"]
    assert ignored(job.replace("sealcheck:", "another:")) == [None]
