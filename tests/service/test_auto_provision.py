"""System-hook mode: a new project gets a hook of its own, so that commands work there; the sweep repairs it."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.jobs.port import HOOK, Key
from bot.jobs.sqlite import SqliteJobs
from bot.review.sweep import Todo
from bot.work import sweep_once
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY
from tests.service.conftest import SECRET, Service, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.gitlab_double.model import MergeRequest, Note


@pytest.fixture
def double() -> Iterator[GitLabDouble]:
    with GitLabDouble() as running:
        yield running
        assert running.refused == []


def service_of(folder: Path, double: GitLabDouble) -> Service:
    service = Service(folder, {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN})
    service.environment |= {
        "GITLAB_PROVISION_TOKEN": double.ADMIN_TOKEN,
        "PUBLIC_URL": f"http://127.0.0.1:{service.port}",
    }
    return service


def test_a_new_project_gets_its_hook_and_obeys_commands(tmp_path: Path, double: GitLabDouble):
    service = service_of(tmp_path, double).start()
    try:
        double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", None, token=SECRET)
        project = double.project("platform/new", bot_role=30)
        until(lambda: len(project.hooks) == 1)
        assert project.hooks[0].settings["note_events"] is True
        assert project.hooks[0].token == SECRET
        strangers = double.project("elsewhere/hidden", bot_role=0)
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
        until(lambda: len(double.threads(merge_request, by=double.bot)) == 1)
        double.comment(double.dev, merge_request, "/sealcheck help")
        until(lambda: any("/sealcheck explain" in note.body for note in answers(double, merge_request)))
        assert strangers.hooks == []
        assert service.stop() == 0
    finally:
        if service.process is not None and service.process.poll() is None:
            service.kill()


def answers(double: GitLabDouble, merge_request: MergeRequest) -> list[Note]:
    """What the bot said outside of its threads."""
    return [
        each.first
        for each in merge_request.discussions
        if each.first.author is double.bot
        and not each.resolvable
        and "sealcheck:summary" not in each.first.body
    ]


def test_the_command_line_takes_projects_by_pattern(tmp_path: Path, double: GitLabDouble):
    inside, outside = double.project("platform/one"), double.project("web/two")
    service = service_of(tmp_path, double)

    def provision(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "provision", *arguments],
            cwd=tmp_path,
            env=service.env,
            capture_output=True,
            text=True,
            check=False,
        )

    assert provision("--project", "nothing/**").returncode == 1
    reported = provision("--project", "platform/**", "--dry-run")
    assert reported.stdout.startswith("would: project platform/one: create the hook")
    assert inside.hooks == []
    assert provision("--project", "platform/**").returncode == 0
    assert len(inside.hooks) == 1
    assert outside.hooks == []
    assert provision("--project", "platform/**", "--remove").returncode == 0
    assert inside.hooks == []
    assert provision("--project", "x", "--group", "y").returncode == 2


class Lists:
    """A GitLab in which merge requests of three projects have changed."""

    def changed_merge_requests(self, since: dt.datetime) -> list[tuple[int, int]]:
        del since
        return [(1, 7), (1, 8), (2, 7), (3, 7)]

    def comments(self, project_id: int, iid: int, since: dt.datetime) -> list[tuple[int, str]]:
        del project_id, iid, since
        return []

    def todos(self) -> list[Todo]:
        return []

    def finish_todo(self, todo_id: int) -> None:
        raise AssertionError(todo_id)


def test_the_sweep_looks_once_a_day_at_hooks_that_it_gave(tmp_path: Path):
    jobs = SqliteJobs(tmp_path / "queue.sqlite3")
    jobs.remember("hooked:1", "2020-01-01")
    jobs.remember("hooked:2", dt.datetime.now(dt.UTC).date().isoformat())
    sweep_once(Lists(), jobs)
    jobs.close()
    with sqlite3.connect(tmp_path / "queue.sqlite3") as database:
        queued = {key for (key,) in database.execute("SELECT key FROM jobs")}
    assert {each for each in queued if each.startswith(HOOK)} == {str(Key(HOOK, 1))}
    assert {f"review/1/{iid}/0" for iid in (7, 8)} <= queued
