"""A bot that was down while merge requests were opened and discussed ends in the same state as one that was up."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from bot.jobs.lease import Lease
from bot.jobs.port import BOT_ID, TODOS, Key
from bot.jobs.sqlite import SqliteJobs
from bot.service import TODOS_SECONDS
from bot.work import open_handler
from tests.gitlab_double import GitLabDouble
from tests.gitlab_double.model import Todo
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import Service, until

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_missed_is_found_at_the_next_start(tmp_path: Path):
    with GitLabDouble() as double:
        project = a_project(double)
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
        service = Service(tmp_path, {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN})
        try:
            service.start()
            until(lambda: len(double.threads(merge_request, by=double.bot)) == 1)
            until(lambda: not service.queued() - {"sweep/0/0/0"})
        finally:
            service.stop()
        double.push(
            project, merge_request.source_branch, {".gitlab-ci.yml": LEAKY.replace('echo "$API_KEY"', "make")}
        )
        try:
            service.start()
            until(lambda: all(each.resolved for each in double.threads(merge_request)))
        finally:
            service.stop()
        assert double.refused == []


def test_a_mention_is_answered_within_a_minute_where_no_hook_carries_comments(tmp_path: Path):
    """The bot looks at its to-dos every minute; here one is there when it starts, and its review comes at once."""
    with GitLabDouble() as double:
        project = a_project(double)
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
        merge_request.updated_at -= dt.timedelta(days=2)  # too old for the sweep
        double.world.todos.append(
            Todo(1, double.bot, double.dev, merge_request, None, "review_requested", double.world.now())
        )
        service = Service(tmp_path, {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN})
        try:
            service.start()
            until(lambda: len(double.threads(merge_request, by=double.bot)) == 1)
        finally:
            service.stop()


def test_looking_at_todos_costs_one_request_a_minute(double_with_todo_jobs: list[str]):
    assert double_with_todo_jobs == ["GET /todos"]


@pytest.fixture
def double_with_todo_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What one look at the to-dos asks of GitLab, in the job's own words."""
    with GitLabDouble() as double:
        given = {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN, "WEBHOOK_SECRET": "x"}
        for name, value in {**given, "DATABASE_URL": f"sqlite:///{tmp_path}/q.sqlite3"}.items():
            monkeypatch.setenv(name, value)
        SqliteJobs(tmp_path / "q.sqlite3").remember(BOT_ID, str(double.bot.id))
        assert TODOS_SECONDS == 60
        key = Key(TODOS)
        open_handler(Lease().hold(key))(key)
        return [each.line for each in double.log]
