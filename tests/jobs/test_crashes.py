"""kill -9 of the worker in the middle of a job: another one runs it, on both databases."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bot.jobs.port import COMMAND, REVIEW, Key, QueueTaken, QueueUnavailable
from tests.jobs.conftest import QUICK, Runner, open_queue, until

ONE = Key(REVIEW, 14, 1)
NOTE = Key(COMMAND, 14, 2, 7)

WORKER = """
import sys, threading, time
from pathlib import Path
from bot.jobs import postgres
from bot.jobs.port import Done, Pauses
from tests.jobs.conftest import open_queue
postgres.HEARTBEAT_SECONDS, postgres.STALLED_SECONDS, postgres.RESCUE_SECONDS = 0.5, 2.0, 0.5
url, folder = sys.argv[1], Path(sys.argv[2])
def execute(key):
    (folder / str(key).replace("/", "-")).write_text("began")
    time.sleep(60)
    return Done()
open_queue(url).work(execute, slots=2, stop=threading.Event())
"""


def start_worker(url: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), url, str(folder)], cwd=Path(__file__).parents[2]
    )


def test_a_killed_workers_jobs_run_again_and_events_meanwhile_count(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.jobs import postgres

    monkeypatch.setattr(postgres, "STALLED_SECONDS", 2.0)
    monkeypatch.setattr(postgres, "RESCUE_SECONDS", 0.5)
    monkeypatch.setattr(postgres, "HEARTBEAT_SECONDS", 0.5)
    jobs = open_queue(database_url)
    jobs.push(ONE, NOTE)
    worker = start_worker(database_url, tmp_path)
    until(lambda: len(list(tmp_path.glob("*-14-*"))) == 2)
    jobs.push(ONE)  # an event during the run that will never end
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    began = time.monotonic()
    with Runner(jobs) as runner:
        until(lambda: jobs.depth().waiting == 0, 30)
        assert runner.runs(NOTE) == 1
        assert runner.runs(ONE) == 1
    assert time.monotonic() - began < 60
    jobs.close()


def test_a_job_that_kills_its_worker_each_time_is_parked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/queue.sqlite3"
    jobs = open_queue(url)
    jobs.push(ONE)
    for _ in range(QUICK.max_attempts):
        (tmp_path / "review-14-1-0").unlink(missing_ok=True)
        worker = start_worker(url, tmp_path)
        until((tmp_path / "review-14-1-0").exists, 20)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    with Runner(jobs) as runner:
        until(lambda: len(jobs.parked()) == 1)
        assert runner.runs(ONE) == 0
    jobs.close()


def test_a_second_worker_on_the_same_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.jobs import sqlite

    monkeypatch.setattr(sqlite, "LOCK_PATIENCE_SECONDS", 0.3)
    url = f"sqlite:///{tmp_path}/queue.sqlite3"
    jobs, second = open_queue(url), open_queue(url)
    with Runner(jobs):
        time.sleep(0.2)
        other = Runner(second)
        with pytest.raises(QueueTaken, match="another service"):
            second.work(other.execute, slots=1, stop=other.stop)
    second.close()
    jobs.close()


def test_a_clock_that_was_wrong_delays_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.jobs import sqlite

    jobs = open_queue(f"sqlite:///{tmp_path}/queue.sqlite3")
    real = time.time
    monkeypatch.setattr(sqlite.time, "time", lambda: real() + 30 * 86400)
    jobs.push(ONE)
    monkeypatch.setattr(sqlite.time, "time", real)
    with Runner(jobs) as runner:
        until(lambda: runner.runs(ONE) == 1)
    jobs.close()


def test_a_locked_file_delays_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    from bot.jobs import sqlite
    from bot.jobs.port import QueueUnavailable

    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
    path = tmp_path / "queue.sqlite3"
    jobs = open_queue(f"sqlite:///{path}")
    jobs.push(ONE)
    with Runner(jobs) as runner:
        until(lambda: jobs.depth().waiting == 0)
        thief = sqlite3.connect(path, isolation_level=None)
        thief.execute("BEGIN IMMEDIATE")
        with pytest.raises(QueueUnavailable):
            jobs.push(ONE)
        thief.execute("ROLLBACK")
        thief.close()
        jobs.push(ONE)
        until(lambda: runner.runs(ONE) == 2)
    jobs.close()


def test_exhausted_connections_are_reported_and_go_on_by_themselves(postgres_server: str) -> None:
    import psycopg

    taken = []
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(postgres_server))
    assert len(taken) > 10
    jobs = open_queue(postgres_server)
    try:
        with pytest.raises(QueueUnavailable):
            jobs.push(Key(REVIEW, 77, 1))
        for each in taken:
            each.close()
        assert jobs.push(Key(REVIEW, 77, 1))
    finally:
        jobs.close()
