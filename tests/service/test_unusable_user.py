"""A bot user who is blocked, deactivated or unconfirmed for a while: jobs wait, nothing is parked, all goes on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bot.jobs.inbox import QueueInbox
from bot.jobs.isolation import run
from bot.jobs.lease import Lease
from bot.jobs.port import REVIEW, Done, Key, Outcome, Pauses
from bot.jobs.sqlite import SqliteJobs
from bot.work import run_job
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, Bot, a_project, forge_of

if TYPE_CHECKING:
    from pathlib import Path

TRIES = 5


@pytest.mark.parametrize(
    "why",
    [
        "Your account has been blocked.",
        "Your account has been deactivated by your administrator.",
        "Your primary email address is not confirmed.",
    ],
)
def test_jobs_wait_and_readiness_says_why_until_the_user_may_again(tmp_path: Path, why: str):
    with GitLabDouble() as double:
        project = a_project(double)
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": LEAKY})
        pauses = Pauses(first_seconds=0.01, refused_seconds=0.01, max_attempts=3)
        jobs, bot = SqliteJobs(tmp_path / "q.sqlite3", pauses=pauses), Bot(double)
        key, stop, tries = Key(REVIEW, project.id, merge_request.iid), threading.Event(), []
        double.bot.unusable = why

        def execute(key: Key) -> Outcome:
            found = run(
                lambda _hold: lambda key: run_job(forge_of(double), jobs, bot.terms, key),
                key,
                Lease().hold(key),
            )
            tries.append(found)
            if len(tries) == TRIES:
                assert why in (QueueInbox(jobs).unready() or "")
                assert jobs.parked() == []
                double.bot.unusable = ""
            if isinstance(found, Done):
                stop.set()
            return found

        jobs.push(key)
        worker = threading.Thread(target=lambda: jobs.work(execute, slots=1, stop=stop))
        worker.start()
        worker.join(60)
        assert len(tries) == TRIES + 1
        assert jobs.parked() == []
        assert QueueInbox(jobs).unready() is None
        assert len(double.threads(merge_request, by=double.bot)) == 1
