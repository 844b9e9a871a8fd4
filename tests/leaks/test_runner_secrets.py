"""What a real GitLab Runner made of `secrets:`, against what the rules about them report.

The table is read where it is available; what no file can show is in docs/oracles/runner.md.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.analysis.engine import run_rules
from bot.findings import Severity
from bot.repository import Repository
from bot.snapshot import Tree

TRUTH = Path(os.environ.get("SEALCHECK_TRUTH", Path(__file__).parents[3] / "shared" / "truth"))
TABLE = TRUTH / "runner_secrets.jsonl"
OF_THE_LOGIN = {
    "malformed-secret",
    "ambiguous-secret-token",
    "incomplete-vault-login",
    "redirectable-vault",
    "split-dynamic-credential",
    "runner-safeguard-off",
}
KEYS = ("id_tokens", "secrets", "variables", "script", "after_script")


def document(row):
    job = {key: row[key] for key in KEYS if row.get(key)}
    default = {"default": row["default"]} if row.get("default") else {}
    return {**default, "deploy": {"script": ["true"], **job}}


def findings_of(row):
    """The findings about the login and the secrets, with the line of each."""
    lines = json.dumps(document(row), indent=1).split("\n")
    result = run_rules(Repository(Tree({".gitlab-ci.yml": "\n".join(lines)})))
    assert result.failures == ()
    return {
        (each.rule, each.severity): lines[each.span.start_line - 1].strip()
        for each in result.findings
        if each.rule in OF_THE_LOGIN
    }


def is_fault(row):
    """Whether the job does not get its secrets, or gets them in another way than it says."""
    return (
        row["job"] != "success"
        or "is empty" in row["outcome"]
        or "variable is empty" in row["outcome"]
        or "token of the first" in row["outcome"]
    )


def is_shown_by_the_file(row):
    """Whether the fault is in the file: not in what Vault stores, nor in the script, nor beyond the lab."""
    is_read = any(request.startswith("GET") for request in row["requests"])
    return not row.get("limit") and (not is_read or row["job"] == "success")


@pytest.mark.skipif(not TABLE.exists(), reason="the runner's table is not at hand (SEALCHECK_TRUTH)")
def test_each_fault_has_a_finding_and_what_works_has_none():
    rows = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
    silent = [
        row["id"] for row in rows if is_fault(row) and is_shown_by_the_file(row) and not findings_of(row)
    ]
    wrong = [
        row["id"]
        for row in rows
        if not is_fault(row) and any(rule == "malformed-secret" for rule, _ in findings_of(row))
    ]
    assert silent == []
    assert wrong == []


TOKEN = {"TOKEN": {"aud": "https://vault.example.com"}}
OTHER = {"OTHER": {"aud": "https://other.example.com"}}
ADDRESS = {"VAULT_SERVER_URL": "https://vault.example.com", "VAULT_AUTH_ROLE": "app"}


def secret(path="app/db/password@kv", **more):
    return {"vault": path, "token": "$TOKEN", "file": False, **more}


def dynamic(field):
    return secret({"engine": {"name": "generic", "path": "database"}, "path": "creds/app", "field": field})


@pytest.mark.parametrize(
    ("secrets", "more", "expected"),
    [
        ({"A": secret()}, {}, {}),
        ({"A": secret("app/db/password/@kv")}, {}, {"malformed-secret": '"vault": "app/db/password/@kv",'}),
        ({"A": secret(token="TOKEN")}, {}, {"malformed-secret": '"token": "TOKEN",'}),
        ({"A": secret(file="yes")}, {}, {"malformed-secret": '"file": "yes"'}),
        ({"A": {"openbao": "app", "token": "$TOKEN"}}, {}, {"malformed-secret": '"openbao": "app",'}),
        (
            {"A": secret(), "B": secret(token="$OTHER")},
            {"id_tokens": TOKEN | OTHER},
            {"ambiguous-secret-token": '"token": "$OTHER",'},
        ),
        ({"A": dynamic("username"), "B": dynamic("password")}, {}, {"split-dynamic-credential": '"B": {'}),
        (
            {"A": secret()},
            {"variables": ADDRESS | {"FF_SECRET_RESOLVING_FAILS_IF_MISSING": "false"}},
            {"runner-safeguard-off": '"FF_SECRET_RESOLVING_FAILS_IF_MISSING": "false"'},
        ),
        (
            {"A": secret()},
            {"variables": {"VAULT_ADDR": "https://vault.example.com"}},
            {"incomplete-vault-login": '"VAULT_ADDR": "https://vault.example.com"'},
        ),
        (
            {"A": secret()},
            {"variables": {"VAULT_SERVER_URL": "https://vault.example.com/v1", "VAULT_AUTH_ROLE": "app"}},
            {"malformed-secret": '"VAULT_SERVER_URL": "https://vault.example.com/v1",'},
        ),
    ],
)
def test_a_fault_is_reported_on_its_line(secrets, more, expected):
    row = {"secrets": secrets, "id_tokens": TOKEN, "variables": ADDRESS, **more}
    assert {rule: line for (rule, _), line in findings_of(row).items()} == expected


def test_what_the_settings_may_give_is_information():
    row = {"secrets": {"A": secret()}, "id_tokens": TOKEN, "variables": {"VAULT_AUTH_ROLE": "app"}}
    assert list(findings_of(row)) == [("incomplete-vault-login", Severity.INFO)]
