"""`sealcheck survey`, `who-can` and `reach` as a person calls them."""

import json
import logging

import pytest
from click.testing import CliRunner

from bot.__main__ import main


@pytest.fixture
def call(double, company, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    environment = {
        "GITLAB_URL": double.url,
        "GITLAB_TOKEN": double.BOT_TOKEN,
        "DATABASE_URL": f"sqlite:///{tmp_path}/queue.sqlite3",
    }

    def run(*arguments):
        found = CliRunner().invoke(main, arguments, env=environment)
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        return found.exit_code, found.stdout, found.stderr

    yield run
    root.handlers[:], root.level = handlers, level


def test_survey_then_ask(call):
    status, reported, _ = call("survey")
    assert status == 0
    assert "4 projects (4 read)" in reported
    assert (
        "high[vault-role-without-project] acme/vault:roles/open.json:1" in reported
        or "acme/vault:roles/open.json" in reported
    )
    status, reported, _ = call("who-can", "ops/prod/db")
    assert status == 0
    assert (
        "acme/shop can on protected branch main, by auth/jwt/role/shop-prod (acme/vault:roles/shop-prod.json:1)"
        in reported
    )
    status, reported, _ = call("who-can", "nothing/at/all")
    assert status == 1
    assert "no surveyed project can" in reported
    status, reported, _ = call("reach", "acme/shop")
    assert status == 0
    assert "ops/data/prod/*: read (ops-prod)" in reported


def test_the_answers_for_programs(call):
    found = json.loads(call("survey", "--format", "json", "--group", "acme")[1])
    assert [each["path"] for each in found["projects"]] == ["acme/api", "acme/shop", "acme/vault"]
    found = json.loads(call("who-can", "ops/prod/db", "--format", "json")[1])
    assert [(each["project"], each["by"]["role"]) for each in found["can"]] == [
        ("acme/api", "auth/jwt/role/api-release"),
        ("acme/shop", "auth/jwt/role/shop-prod"),
    ]
    assert found["can"][1]["refs"] == [{"ref": "main", "ref_type": "branch", "ref_protected": True}]
    assert found["can"][1]["by"]["owners"] == ["@security"]
    found = json.loads(call("reach", "acme/api", "--format", "json")[1])
    assert {each["by"]["role"].rpartition("/")[2] for each in found["roles"]} == {
        "api-release",
        "group-docs",
        "open",
        "own-team",
    }


def test_a_question_before_a_survey(call):
    status, _, reported = call("who-can", "ops/prod/db")
    assert status == 2
    assert "nothing is surveyed yet" in reported


def test_a_project_of_another_name(call):
    call("survey")
    status, _, reported = call("reach", "shop")
    assert status == 2
    assert "did you mean acme/shop?" in reported


def test_what_could_not_be_surveyed_is_named_everywhere(call, double):
    double.faults.answer(403, on="GET */repository/tree", times=1)
    status, reported, failed = call("survey")
    assert status == 1
    assert "not surveyed: acme/shop" in reported
    assert "failed: acme/shop" in failed
    assert "not surveyed: acme/shop" in call("who-can", "docs/data/x")[1]


def test_a_group_that_is_not_there(call):
    status, _, reported = call("survey", "--group", "nobody")
    assert status == 2
    assert "the group nobody cannot be read: GitLab answered 404" in reported
