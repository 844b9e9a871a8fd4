"""What a real GitLab Runner showed in its log and its artifacts, against what the leak rules report.

The table is read where it is available; the differences that stay are in docs/oracles/runner.md.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

from bot.analysis.engine import run_rules
from bot.findings import Severity
from bot.repository import Repository
from bot.snapshot import Tree

TRUTH = Path(os.environ.get("SEALCHECK_TRUTH", Path(__file__).parents[3] / "shared" / "truth"))
TABLE = TRUTH / "runner_trace.jsonl"
READABLE = {"clear", "form"}
MASKED = {"masked", "nothing"}
IN_LOG = {
    "secret-in-log",
    "transformed-secret-in-log",
    "derived-secret-in-log",
    "tool-prints-secret",
    "environment-dump",
    "shell-trace",
    "debug-trace",
    "verbose-transport",
    "secret-value-as-file",
    "terraform-prints-secret",
}
IN_ARTIFACT = {"secret-in-artifact", "terraform-prints-secret"}


def job_of(row):
    job = {
        "id_tokens": {"VAULT_ID_TOKEN": {"aud": "https://vault.example.com"}},
        "secrets": {
            name: {"vault": "ops/app/x@kv", "token": "$VAULT_ID_TOKEN", "file": secret["file"]}
            for name, secret in row["secrets"].items()
        },
    }
    job |= {key: row[key] for key in ("script", "after_script", "variables") if row.get(key)}
    if row.get("artifacts"):
        paths = row["artifacts"]
        job["artifacts"] = {"paths": paths} if isinstance(paths, list) else paths
    return job


def worst(row):
    """The worst severity of a rule about the place that the row is about; None where nothing is reported."""
    text = json.dumps({"deploy": job_of(row)}, indent=1)
    rules = IN_LOG if row["where"] == "log" else IN_ARTIFACT
    findings = run_rules(Repository(Tree({".gitlab-ci.yml": text}))).findings
    return min((each.severity for each in findings if each.rule in rules), key=lambda s: s.rank, default=None)


def groups():
    """One script with one way of keeping the secret: what the values of every shape showed."""
    found = defaultdict(list)
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[json.dumps([job_of(row), row["where"], row.get("asked")])].append(row)
    return found.values()


@pytest.mark.skipif(not TABLE.exists(), reason="the runner's table is not at hand (SEALCHECK_TRUTH)")
def test_nothing_readable_is_silent_and_nothing_masked_is_high():
    silent, high, loud = [], [], []
    for rows in groups():
        shown = {row["shown"] for row in rows}
        severity = worst(rows[0])
        if shown & READABLE and severity is None:
            silent.append(rows[0]["script"])
        if shown <= MASKED and severity in {Severity.HIGH, Severity.CRITICAL}:
            high += rows[0]["script"]
        if shown == {"nothing"} and severity not in {None, Severity.LOW, Severity.INFO}:
            loud += rows[0]["script"]
    assert silent == []
    assert high == []
    assert loud == []


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ('echo "$TOKEN"', Severity.MEDIUM),
        ('echo "password is $TOKEN"', Severity.MEDIUM),
        ('echo "$TOKEN" | base64', Severity.HIGH),
        ('echo "$TOKEN" | rev', Severity.HIGH),
        ('printf "%s" "${TOKEN:0:6}"', Severity.HIGH),
        ('test -n "$TOKEN" && echo set', None),
    ],
)
def test_the_severity_follows_what_the_log_shows(script, severity):
    row = {"secrets": {"TOKEN": {"file": False}}, "script": [script], "where": "log"}
    assert worst(row) == severity
