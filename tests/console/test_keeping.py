"""What a real review leaves in the records, and what it never does."""

from __future__ import annotations

import pytest

from bot.console.keeping import LOOK_SECONDS, Keeping
from bot.console.record import RESOLVED
from bot.console.view import Filter
from bot.errors import ForgeBusy, SettingsError
from bot.jobs.port import COMMAND, REVIEW, Key
from bot.jobs.sqlite import SqliteJobs
from bot.observability.scrubbing import Scrubber
from bot.settings import load
from bot.work import run_job
from tests.console.conftest import records_at
from tests.console.demo import SEAT, console_app
from tests.review.conftest import bot, double, project
from tests.review.reviewing import LEAKY, forge_of

__all__ = ["bot", "double", "project"]
NOW = 2_000_000_000
CANARY = "hvs." + "CAESIJx7" * 5
PLANTED = f"""\
deploy:
  variables: {{ VAULT_TOKEN: {CANARY} }}
  script:
    - echo {CANARY}
    - curl --header "X-Vault-Token: {CANARY}" https://vault.example.com/v1/secret/x
"""
POLICY = """\
ignore:
  - rule: secret-in-log
    reason: until the move
    expires: 2999-12-31
"""


@pytest.fixture
def keeping(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.console.keeping._now", lambda: NOW)
    return Keeping(records_at(f"sqlite:///{tmp_path}/queue.sqlite3"), Scrubber(["the-bots-own-token"]), 86400)


@pytest.fixture
def review(bot, keeping, tmp_path):
    jobs = SqliteJobs(tmp_path / "queue.sqlite3")

    def run(merge_request):
        key = Key(REVIEW, merge_request.project.id, merge_request.iid)
        run_job(forge_of(bot.double), jobs, bot.terms, key, keeping)

    yield run
    jobs.close()


def open_lines(keeping, merge_request, state="open"):
    session = str(object())
    keeping.records.sit(session, "dana", [merge_request.project.id], NOW + 1)
    with keeping.records.view(session, NOW) as view:
        lines = view.found(Filter(state))[1]
    keeping.records.leave(session)
    return lines


def test_a_finding_is_kept_and_gone_when_it_is_fixed(double, project, review, keeping):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    review(merge_request)
    (line,) = open_lines(keeping, merge_request)
    assert (line.rule, line.path, line.project) == ("secret-in-log", ".gitlab-ci.yml", project.path)
    double.push(project, "feature", {".gitlab-ci.yml": "deploy:\n  script: make deploy\n"})
    review(merge_request)
    assert not open_lines(keeping, merge_request)
    assert open_lines(keeping, merge_request, "fixed")


def test_no_value_of_a_secret_stands_in_the_database(double, project, review, keeping, tmp_path):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": PLANTED})
    review(merge_request)
    assert open_lines(keeping, merge_request)
    for file in tmp_path.iterdir():
        assert CANARY.encode() not in file.read_bytes()
    flask = console_app(keeping.records, NOW)
    browser = flask.test_client()
    with browser.session_transaction() as session:
        session["seat"] = SEAT
    for path in (
        "",
        "findings",
        f"projects/{merge_request.project.id}",
        "rules/",
        "rules/hardcoded-vault-token",
    ):
        answer = browser.get(f"/console/{path}")
        assert answer.status_code == 200
        assert merge_request.project.path in answer.text.replace("<wbr>", "") or path == "rules/"
        assert CANARY not in answer.text


def test_an_ignore_by_policy_is_kept_with_its_end(double, project, review, keeping):
    double.push(project, project.default_branch, {".sealcheck.yml": POLICY})
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    review(merge_request)
    (line,) = open_lines(keeping, merge_request, "ignored")
    assert (line.ignored_by, line.ignored_why, line.ignored_until) == (
        ".sealcheck.yml:2",
        "until the move",
        "2999-12-31",
    )


def test_who_resolves_a_thread_by_hand_is_reported(double, project, review, keeping):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    review(merge_request)
    (thread,) = [each for each in double.threads(merge_request, by=double.bot) if not each.individual]
    double.resolve(double.dev, thread)
    review(merge_request)
    assert not open_lines(keeping, merge_request)
    (line,) = open_lines(keeping, merge_request, "ignored")
    assert (line.ignored_by, line.ignored_why) == ("dev", RESOLVED)


def test_an_ignore_by_command_is_kept(double, project, review, keeping, bot, tmp_path):
    double.set_role(double.dev, project, 40)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    review(merge_request)
    (thread,) = [each for each in double.threads(merge_request, by=double.bot) if not each.individual]
    note = double.comment(double.dev, merge_request, "/sealcheck ignore a test key of the sandbox", thread)
    command = Key(COMMAND, project.id, merge_request.iid, note.id)
    run_job(forge_of(double), SqliteJobs(tmp_path / "queue.sqlite3"), bot.terms, command, keeping)
    review(merge_request)
    (line,) = open_lines(keeping, merge_request, "ignored")
    assert (line.ignored_by, line.ignored_why) == ("dev", "a test key of the sandbox")


def test_a_failure_is_kept_with_its_reason_and_without_our_token(keeping):
    def fail():
        raise ForgeBusy("503 for the-bots-own-token")

    with pytest.raises(ForgeBusy):
        keeping.around(1, 1, fail)
    keeping.records.sit("s", "dana", [1], NOW + 1)
    with keeping.records.view("s", NOW) as view:
        assert [each.reason for each in view.reviews("failed", 5)] == ["503 for [masked]"]


def test_a_database_that_is_away_costs_no_review(tmp_path, double, bot, project):
    (tmp_path / "broken").write_text("no database, and long enough to be seen as none: " + "x" * 100)
    keeping = Keeping(records_at(f"sqlite:///{tmp_path}/broken"), Scrubber(), 1)
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    outcome = keeping.around(project.id, merge_request.iid, lambda: bot.review(merge_request))
    assert outcome.findings


def test_a_merge_request_that_was_merged_is_noticed(double, project, review, keeping, monkeypatch):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    review(merge_request)
    merge_request.state = "merged"
    keeping.look_again(forge_of(double))
    assert open_lines(keeping, merge_request), "looked at a moment ago"
    monkeypatch.setattr("bot.console.keeping._now", lambda: NOW + LOOK_SECONDS + 1)
    keeping.look_again(forge_of(double))
    assert not open_lines(keeping, merge_request)
    assert open_lines(keeping, merge_request, "merged")


def test_without_the_console_nothing_is_written(double, bot, project, tmp_path):
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
    keeping = Keeping(None, Scrubber(), 1)
    assert keeping.around(project.id, merge_request.iid, lambda: bot.review(merge_request)).findings
    keeping.look_again(forge_of(double))
    assert not list(tmp_path.iterdir())


def test_half_a_console_is_refused(tmp_path):
    with pytest.raises(SettingsError) as refused:
        load({"GITLAB_TOKEN": "t", "SEALCHECK_CONSOLE_CLIENT_ID": "an-id"}, tmp_path)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "SEALCHECK_CONSOLE_CLIENT_SECRET",
        "SEALCHECK_CONSOLE_SESSION_SECRET",
        "PUBLIC_URL",
    ]
