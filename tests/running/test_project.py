"""`sealcheck audit --project`: the code is read from GitLab, the result is kept, and the console shows it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

pytest.importorskip("hvac", reason="the extra `audit` is not installed")

from bot.console.audits import open_audits
from tests.gitlab_double import GitLabDouble
from tests.running.conftest import APP_POLICY, GOOD_ROLE, Audit
from tests.running.double import VaultDouble
from tests.service.conftest import Service, free_port, until

WRITTEN = {key: value for key, value in GOOD_ROLE.items() if value and key != "token_type"}
FILES = {"roles/prod-db.json": json.dumps(WRITTEN), "policies/app.hcl": APP_POLICY}


@pytest.fixture
def gitlab() -> Iterator[GitLabDouble]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with GitLabDouble() as running:
        running.project("platform/vault", FILES)
        yield running
        assert running.refused == []
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def environment(gitlab: GitLabDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    return {
        "GITLAB_URL": gitlab.url,
        "GITLAB_TOKEN": gitlab.BOT_TOKEN,
        "DATABASE_URL": f"sqlite:///{tmp_path}/queue.sqlite3",
    }


CALL = ("--project", "platform/vault")


def test_the_default_branch_is_the_code(audit: Audit, double: VaultDouble, environment: dict[str, str]):
    found = audit(double, *CALL, "--format", "json", **environment)
    standings = {each["subject"]: each["standing"] for each in found.report["drift"]}
    assert standings["role:jwt/prod-db"] == standings["policy:app"] == "equal"
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_claims": {"project_id": "7"}}
    found = audit(double, *CALL, "--format", "json", **environment)
    assert ("vault-drift", "auth/jwt/role/prod-db") in found.rules


def test_nothing_is_kept_unless_asked(
    audit: Audit, double: VaultDouble, environment: dict[str, str], tmp_path: Path
):
    audit(double, *CALL, **environment)
    assert open_audits("", tmp_path / "queue.sqlite3").gauges() == {}
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "user_claim": "sub"}
    audit(double, *CALL, "--record", **environment)
    gauges = open_audits("", tmp_path / "queue.sqlite3").gauges()
    assert gauges["sealcheck_audit_drift"][1] == 1


WRONG = {
    "no project": (("--record",), "--project says of which"),
    "two codes": (("--project", "platform/vault", "--against", "."), "give one of them"),
    "another project": (("--project", "platform/nothing"), "the project platform/nothing cannot be read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call(audit: Audit, double: VaultDouble, environment: dict[str, str], case: str):
    arguments, words = WRONG[case]
    found = audit(double, *arguments, **environment)
    assert (found.status, found.out) == (2, "")
    assert words in found.err


def test_without_settings_the_missing_one_is_named(audit: Audit, double: VaultDouble, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = audit(double, *CALL, GITLAB_TOKEN=None)
    assert found.status == 2
    assert "GITLAB_TOKEN: is missing" in found.err


def test_from_a_role_changed_by_hand_to_the_page(
    audit: Audit, double: VaultDouble, gitlab: GitLabDouble, environment
):
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    application = gitlab.oauth.register(f"{public}/console/callback", "read_api")
    gitlab.oauth.browser = gitlab.admin
    double.data["auth/jwt/role/prod-db"] = {**GOOD_ROLE, "bound_claims": {"project_id": "7"}}
    console = {
        "PUBLIC_URL": public,
        "SEALCHECK_CONSOLE_CLIENT_ID": application.client_id,
        "SEALCHECK_CONSOLE_CLIENT_SECRET": application.secret,
        "SEALCHECK_CONSOLE_SESSION_SECRET": "s" * 32,
    }
    folder = Path(environment["DATABASE_URL"].removeprefix("sqlite:///")).parent
    service = Service(folder, {**environment, **console}, port)
    try:
        service.start()
        audit(double, *CALL, "--record", **environment)
        browser = requests.Session()
        page = lambda: browser.get(f"{public}/console/audits", timeout=10).text  # noqa: E731 - said once
        until(lambda: "auth/jwt/role/prod-db" in page().replace("<wbr>", ""))
        shown = page().replace("<wbr>", "")
        assert double.url in shown
        assert "Against the code" in shown
        assert "Vault does not bind `ref`" in shown
        metrics = requests.get(f"{public}/metrics", timeout=10).text
        assert "sealcheck_audit_drift" in metrics
    finally:
        service.stop()
