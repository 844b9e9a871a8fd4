"""A broken policy file: the program does not start with it, and one that runs goes on with the last good one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.doctor import CheckState, diagnose
from bot.errors import ForgeBusy, SettingsError
from bot.jobs.sqlite import SqliteJobs
from bot.organisation import organisation_of, running_organisation
from bot.settings import load
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import SECRET, Service, until
from tests.service.stories import settings

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "locked: [secret-in-log]\n"
IGNORING = 'ignore:\n  - rule: secret-in-log\n    reason: "not now"\n'
BROKEN = {
    "misspelt rule": ("locked: [secret-in-lag]\n", 1, "did you mean `secret-in-log`?"),
    "misspelt key": ("\nlockd: [secret-in-log]\n", 2, "did you mean `locked`?"),
    "no list": ("locked: secret-in-log\n", 1, "takes a list"),
    "no YAML": ("locked: [secret-in-log\nseverity: {\n", 2, "not YAML"),
    "no mapping": ("- locked\n", 1, "must be a mapping"),
    "a key below": ("projects:\n  inclde: [a]\n", 2, "did you mean `include`?"),
    "half an ignore": (
        "ignore:\n  - rule: secret-in-log\n    path: [x]\n    reason: y\n",
        3,
        "did you mean `paths`?",
    ),
    "second document": ("locked: []\n---\nlocked: [secret-in-log]\n", 3, "only the first one counts"),
    "written twice": ("locked: [secret-in-log]\nlocked: []\n", 2, "is written twice"),
    "no mapping below": ("severity: high\n", 1, "takes a mapping"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_named_with_file_line_and_remedy(tmp_path: Path, name: str):
    text, line, words = BROKEN[name]
    (tmp_path / "policy.yml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        organisation_of(tmp_path / "policy.yml")
    first = str(refused.value).splitlines()[0]
    assert f"policy.yml:{line}: " in first
    assert words in first
    assert first.startswith("SEALCHECK_POLICY: ")
    assert "correct that line" in first


def test_one_that_is_no_text_is_named_too(tmp_path: Path):
    (tmp_path / "policy.yml").write_bytes(b"locked: []\n# \xff\n")
    with pytest.raises(SettingsError, match=r"policy\.yml:2: is not UTF-8"):
        organisation_of(tmp_path / "policy.yml")
    with pytest.raises(SettingsError, match="cannot be read"):
        organisation_of(tmp_path)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("web", "--port", "0"), ("worker",)])
def test_the_program_does_not_start(tmp_path: Path, command: tuple[str, ...]):
    (tmp_path / "policy.yml").write_text("locked: [secret-in-lag]\n")
    env = {**Service(tmp_path).env, "SEALCHECK_POLICY": "policy.yml"}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", *command],
        check=False,
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 2
    assert "policy.yml:1: unknown rule `secret-in-lag`" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_last_good_one_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    jobs, path = SqliteJobs(tmp_path / "q.sqlite3"), tmp_path / "policy.yml"
    path.write_text("lockd: []\n")
    with pytest.raises(ForgeBusy, match="the policy is broken"):
        running_organisation(path, jobs)
    path.write_text(GOOD)
    assert running_organisation(path, jobs).locked == {"secret-in-log"}
    path.write_text("lockd: []\n")
    assert running_organisation(path, jobs).locked == {"secret-in-log"}
    assert "the last good one counts: SEALCHECK_POLICY" in caplog.text
    path.unlink()
    assert running_organisation(path, jobs).locked == {"secret-in-log"}
    path.write_text("locked: []\n")
    assert running_organisation(path, jobs).locked == frozenset()


def test_the_doctor_reports_it(tmp_path: Path):
    (tmp_path / "policy.yml").write_text("lockd: []\n")
    given = {"GITLAB_TOKEN": "x", "WEBHOOK_SECRET": "secret", "GITLAB_URL": "http://127.0.0.1:9"}
    found = load({**given, "SEALCHECK_POLICY": str(tmp_path / "policy.yml")}, tmp_path)
    with GitLabDouble() as double:
        from bot.gitlab.client import Client

        client = Client(double.url, double.BOT_TOKEN, timeout_seconds=5)
        lines = list(diagnose(found, client, SqliteJobs(tmp_path / "q.sqlite3")))
    (line,) = [each for each in lines if each.name == "policy"]
    assert line.result is CheckState.FAIL
    assert "policy.yml:1: unknown key `lockd`" in line.text


def test_a_running_service_keeps_what_is_locked(tmp_path: Path):
    """The file breaks, then vanishes: the repository's ignore of a locked rule counts no more than before."""
    with GitLabDouble() as double:
        path = tmp_path / "policy.yml"
        path.write_text(GOOD)
        service = Service(tmp_path, {**settings(double), "SEALCHECK_POLICY": str(path)})
        project = a_project(double, {".sealcheck.yml": IGNORING})
        double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
        try:
            service.start()
            until(lambda: "waiting for jobs" in service.log())
            assert service.get("/readyz")[0] == 200
            path.write_text("lockd: [secret-in-log]\n")
            status, said = service.get("/readyz")
            assert status == 503
            assert "policy.yml:1: unknown key `lockd`" in said
            one = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
            until(lambda: bool(double.threads(one, by=double.bot)))
            path.unlink()
            other = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_branch="other")
            until(lambda: bool(double.threads(other, by=double.bot)))
            assert "the last good one counts" in service.log()
            path.write_text(GOOD)
            assert service.get("/readyz")[0] == 200
        finally:
            service.stop()
