"""kill -9 at every API request of a review: worker, service, database, one of two replicas, or a replica that freezes.

A loop over the request's number, through a first review, an update that resolves, and an ignore: the end state is that
without a kill. The stand-in for GitLab kills before the request takes effect, or after it has and before its answer is
sent. Samples here, all of them with SEALCHECK_ORACLE=full.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.databases import new_postgres
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import a_project
from tests.service.conftest import SECRET, Service, until
from tests.service.replicas import Worker, queued, running
from tests.service.stories import TWO, kill_at, settings, story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.service.stories import Settled

FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
REQUESTS = 40
# The number of the request, and whether it has taken effect: in the first review, in the update, in the command.
EVERY = tuple((number, after) for number in range(1, REQUESTS + 1) for after in (False, True))
SAMPLES = {
    "worker": ((13, True), (30, False)),
    "service": ((11, False), (24, True)),
    "database": ((26, True),),
    "killed": ((12, True),),
    "frozen": ((11, True),),
}


def tried(
    victim: str, double: GitLabDouble, service: Service, kill: Callable[[], None], settled: Settled
) -> None:
    """The story without a kill, and with one at each request of the sample."""
    project = a_project(double)
    double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
    expected = story(double, project, "undisturbed", settled)
    assert len(expected[0][0]) == 2
    assert [sum(resolved for _, resolved, _, _ in threads) for threads, _ in expected] == [0, 1, 2]
    for number, after in EVERY if FULL else SAMPLES[victim]:
        reached = kill_at(double, number, kill, after=after)
        said = story(double, project, f"kill-{number}-{after}", settled)
        double.faults.before_request = double.faults.after_request = None
        assert said == expected, (number, after)
        assert reached.is_set() or FULL, f"request {number} was never made"
    assert double.refused == []
    assert double.quick_actions_run == []


@contextlib.contextmanager
def started(service: Service, *command: str) -> Iterator[Service]:
    try:
        yield service.start(*command)
    finally:
        if service.process is not None and service.process.poll() is None:
            service.stop()


def settling(double: GitLabDouble, service: Service, waiting: Callable[[], bool]) -> Settled:
    def settled() -> bool:
        assert service.process is not None
        if service.process.poll() is not None:
            service.start()  # as its platform would
        double.settle()
        return not waiting()

    return settled


@pytest.mark.parametrize("victim", ["worker", "service"])
def test_the_end_state_is_that_without_a_kill(tmp_path: Path, victim: str):
    with GitLabDouble() as double, started(Service(tmp_path, settings(double))) as service:

        def kill() -> None:
            if victim == "service":
                service.kill()
            else:
                os.kill(service.child("worker"), signal.SIGKILL)

        tried(victim, double, service, kill, settling(double, service, lambda: bool(service.queued())))


def test_the_end_state_is_that_without_a_death_of_the_database(tmp_path: Path):
    server = new_postgres()
    with (
        GitLabDouble() as double,
        started(Service(tmp_path, {**settings(double), "DATABASE_URL": server.url})) as service,
    ):

        def kill() -> None:
            server.kill()
            threading.Timer(0.5, server.start).start()

        tried("database", double, service, kill, settling(double, service, lambda: queued(server.url)))
    server.remove()


@contextlib.contextmanager
def two_replicas(
    folder: Path, double: GitLabDouble, url: str, **more: str
) -> Iterator[tuple[Service, list[Worker]]]:
    service = Service(folder, {**settings(double), "DATABASE_URL": url, **more})
    workers = [Worker(folder / name, service.env) for name in ("a", "b")]
    try:
        with started(service, "web", "--port", str(service.port)):
            for each in workers:
                each.start()
            yield service, workers
    finally:
        for each in workers:
            each.send(signal.SIGKILL)


def test_of_two_replicas_one_is_killed_and_the_other_goes_on(tmp_path: Path, postgres_url: str):
    with GitLabDouble() as double, two_replicas(tmp_path, double, postgres_url) as (service, workers):
        killed: list[Worker] = []

        def kill() -> None:
            killed.append(max(workers, key=running))
            killed[0].send(signal.SIGKILL)

        def waiting() -> bool:
            if queued(postgres_url):
                return True
            while killed:
                killed.pop().start()  # the next story has two again
            return False

        tried("killed", double, service, kill, settling(double, service, waiting))


def test_of_two_replicas_one_freezes_and_writes_nothing_when_it_wakes(tmp_path: Path, postgres_url: str):
    """Frozen until the other has taken its review over and ended it: it still believes that it is at work."""
    with GitLabDouble() as double, two_replicas(tmp_path, double, postgres_url) as (service, workers):
        frozen: list[Worker] = []

        def freeze() -> None:
            frozen.append(max(workers, key=running))
            frozen[0].send(signal.SIGSTOP)

        def waiting() -> bool:
            if queued(postgres_url):
                return True
            if frozen:
                written = len(double.log.writes)
                frozen[0].send(signal.SIGCONT)
                until(lambda: not running(frozen[0]))
                assert len(double.log.writes) == written
                frozen.clear()
            return False

        tried("frozen", double, service, freeze, settling(double, service, waiting))
        assert "another replica has taken the job over" in "".join(each.log() for each in workers)


@pytest.mark.skipif(not FULL, reason="half a minute of waiting: SEALCHECK_ORACLE=full")
def test_with_its_real_patience_a_replica_takes_over_within_a_minute(tmp_path: Path, postgres_url: str):
    with GitLabDouble() as double:
        service = Service(tmp_path, {**settings(double), "DATABASE_URL": postgres_url})
        workers = [Worker(tmp_path / name, service.env, ("bot", "worker")) for name in ("a", "b")]
        killed: list[float] = []

        def kill() -> None:
            max(workers, key=running).send(signal.SIGKILL)
            killed.append(time.monotonic())

        try:
            with started(service, "web", "--port", str(service.port)):
                for each in workers:
                    each.start()
                project = a_project(double)
                double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
                until(lambda: not queued(postgres_url), 60)  # the first sweep
                kill_at(double, 12, kill, after=True)
                merge_request = double.open_merge_request(project, {".gitlab-ci.yml": TWO})
                double.settle()
                until(lambda: bool(killed) and not queued(postgres_url), 90)
                assert time.monotonic() - killed[0] < 60
                assert len(double.threads(merge_request, by=double.bot)) == 2
                print(f"taken over and done {time.monotonic() - killed[0]:.1f} s after the kill")
        finally:
            for each in workers:
                each.send(signal.SIGKILL)
