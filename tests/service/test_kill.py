"""kill -9 at every API request of a review: worker, service or database; the end state is that without a kill.

A loop over the request's number, through a first review, an update that resolves, and an ignore. The stand-in for GitLab
kills before the request takes effect, or after it has and before its answer is sent. Samples here, all of them with
SEALCHECK_ORACLE=full.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.gitlab_double import GitLabDouble
from tests.jobs.conftest import new_postgres
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import SECRET, Service, until

if TYPE_CHECKING:
    from pathlib import Path

FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
REQUESTS = 40
# The number of the request, and whether it has taken effect: in the first review, in the update, in the command.
EVERY = tuple((number, after) for number in range(1, REQUESTS + 1) for after in (False, True))
SAMPLES = {
    "worker": ((2, False), (13, True), (30, False)),
    "service": ((9, True), (11, False), (24, True)),
    "database": ((3, True), (12, False), (26, True)),
}
TWO = LEAKY.replace("    - ./deploy.sh\n", "    - set -x\n    - ./deploy.sh\n")


def conversation(double, merge_request):
    """What a reader sees, without the numbers that differ between two merge requests."""
    threads = [
        (
            each.first.position["new_line"],
            each.resolved,
            each.first.body.split("<!--", 1)[0],
            len(each.notes),
        )
        for each in double.threads(merge_request, by=double.bot)
    ]
    notes = sum("sealcheck:summary" in n.body for d in merge_request.discussions for n in d.notes)
    return sorted(threads), notes


Waiting = Callable[[], bool]


def story(service: Service, double: GitLabDouble, project, branch: str, waiting: Waiting):
    """A first review, a push that fixes one of the two findings, an ignore of the other; what stands there each time."""

    def settled() -> bool:
        if service.process.poll() is not None:
            service.start()  # as its platform would
        double.settle()
        return not waiting()

    maintainer = double.user("mia", role=40, projects=(project,))
    merge_request = double.open_merge_request(project, {".gitlab-ci.yml": TWO}, source_branch=branch)
    until(settled, 60)
    said = [conversation(double, merge_request)]
    double.push(project, branch, {".gitlab-ci.yml": TWO.replace('    - echo "$API_KEY"\n', "")})
    until(settled, 60)
    said.append(conversation(double, merge_request))
    open_thread = next(each for each in double.threads(merge_request, by=double.bot) if not each.resolved)
    double.comment(maintainer, merge_request, "/sealcheck ignore a test account", open_thread)
    until(settled, 60)
    said.append(conversation(double, merge_request))
    return said


def tried(
    victim: str, service: Service, double: GitLabDouble, kill: Callable[[], None], waiting: Waiting
) -> None:
    """The story without a kill, and with one at each request of the sample."""
    project = a_project(double)
    double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
    expected = story(service, double, project, "undisturbed", waiting)
    assert len(expected[0][0]) == 2
    assert [sum(resolved for _, resolved, _, _ in threads) for threads, _ in expected] == [0, 1, 2]
    for number, after in EVERY if FULL else SAMPLES[victim]:
        reached = kill_at(double, number, kill, after=after)
        said = story(service, double, project, f"kill-{number}-{after}", waiting)
        double.faults.before_request = double.faults.after_request = None
        assert said == expected, (number, after)
        assert reached.is_set() or FULL, f"request {number} was never made"
    assert double.refused == []
    assert double.quick_actions_run == []


@pytest.mark.parametrize("victim", ["worker", "service"])
def test_the_end_state_is_that_without_a_kill(tmp_path: Path, victim: str):
    with GitLabDouble() as double:
        service = Service(tmp_path, settings(double)).start()

        def kill() -> None:
            if victim == "service":
                service.kill()
            else:
                os.kill(service.child("worker"), signal.SIGKILL)

        try:
            tried(victim, service, double, kill, lambda: bool(service.queued()))
        finally:
            if service.process.poll() is None:
                service.stop()


def test_the_end_state_is_that_without_a_death_of_the_database(tmp_path: Path):
    server = new_postgres()
    with GitLabDouble() as double:
        service = Service(tmp_path, {**settings(double), "DATABASE_URL": server.url}).start()

        def kill() -> None:
            server.kill()
            threading.Timer(0.5, server.start).start()

        def waiting() -> bool:
            try:
                with psycopg.connect(server.url, connect_timeout=2) as database:
                    return bool(
                        database.execute(
                            "SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1"
                        ).fetchone()
                    )
            except psycopg.Error:
                return True

        try:
            tried("database", service, double, kill, waiting)
        finally:
            if service.process.poll() is None:
                service.stop()
            server.stop()


def settings(double: GitLabDouble) -> dict[str, str]:
    return {
        "GITLAB_URL": double.url,
        "GITLAB_TOKEN": double.BOT_TOKEN,
        "SEALCHECK_SWEEP_INTERVAL_SECONDS": "3600",
    }


def kill_at(double: GitLabDouble, number: int, kill: Callable[[], None], *, after: bool) -> threading.Event:
    """Kills at the `number`th API request from now on that the bot makes about a merge request's review."""
    seen, reached = [0], threading.Event()

    def fault(_number: int, _method: str, _path: str) -> bool:
        seen[0] += 1
        if seen[0] != number:
            return True
        reached.set()
        kill()
        return after

    double.faults.before_request = None if after else fault
    double.faults.after_request = fault if after else None
    return reached
