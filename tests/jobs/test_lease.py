"""A replica that was cut off writes nothing more: the lease, its number, and how the queue renews it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from bot.errors import LeaseLost
from bot.gitlab.client import Client
from bot.jobs.isolation import Isolation
from bot.jobs.lease import Hold, Lease, elapsed
from bot.jobs.port import REVIEW, Done, HandedBack, Handler, Key
from tests.gitlab_double import GitLabDouble
from tests.jobs.conftest import Runner, open_queue, until

ONE = Key(REVIEW, 1, 1)


def open_handler(hold: Hold) -> Handler:
    def writes_for_two_seconds(_key: Key) -> None:
        for _ in range(40):
            hold.check()
            time.sleep(0.05)

    return writes_for_two_seconds


def test_a_lease_without_an_end_holds() -> None:
    Lease().hold(ONE).check()


def test_a_lease_ends_by_the_clock() -> None:
    lease = Lease()
    hold = lease.hold(ONE)
    lease.until(elapsed() + 0.1)
    hold.check()
    time.sleep(0.15)
    with pytest.raises(LeaseLost):
        hold.check()


def test_what_was_begun_before_a_lease_ran_out_stays_without_it() -> None:
    lease = Lease()
    old, number = lease.hold(ONE), lease.number
    lease.until(0.0)
    lease.until(elapsed() + 60)
    with pytest.raises(LeaseLost):
        old.check()
    lease.hold(ONE).check()
    lease.take(ONE, number)  # fetched before, its process begins after
    with pytest.raises(LeaseLost):
        lease.hold(ONE).check()


def test_a_lease_that_is_renewed_in_time_keeps_its_number() -> None:
    lease = Lease()
    hold = lease.hold(ONE)
    for _ in range(3):
        lease.until(elapsed() + 60)
        hold.check()


@pytest.mark.parametrize(("ends", "outcome"), [(False, Done()), (True, HandedBack())])
def test_the_process_of_a_job_sees_the_lease_end(ends: bool, outcome: object) -> None:
    isolated = Isolation(open_handler, timeout_seconds=30, memory_bytes=1 << 30, slots=1)
    if ends:
        threading.Timer(1.0, isolated.lease.until, (0.0,)).start()
    assert isolated.execute(ONE) == outcome


def test_without_the_hold_nothing_is_written_and_reading_goes_on() -> None:
    with GitLabDouble() as double:
        lease = Lease()
        hold = lease.hold(ONE)
        client = Client(double.url, double.BOT_TOKEN, timeout_seconds=5, before_write=hold.check)
        lease.until(0.0)
        for verb in ("post", "put", "delete"):
            with pytest.raises(LeaseLost):
                client.write(verb, "/projects/1/merge_requests/1/notes", body="late")
        assert client.read("/user")["id"]
        assert double.log.writes == []


def test_the_queue_renews_the_lease_and_lets_it_end_without_a_database(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from procrastinate.exceptions import ConnectorException

    from bot.jobs import postgres
    from bot.jobs.engine import JobStore

    monkeypatch.setattr(postgres, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(postgres, "STALLED_SECONDS", 1.5)
    monkeypatch.setattr(postgres, "WRITE_SECONDS", 0.5)
    jobs, lease, stop = open_queue(postgres_url), Lease(), threading.Event()
    work = threading.Thread(
        target=jobs.work, args=(lambda _key: Done(),), kwargs={"slots": 1, "stop": stop, "lease": lease}
    )

    def held() -> bool:
        try:
            lease.hold(ONE).check()
        except LeaseLost:
            return False
        return True

    async def no_database(_self: JobStore) -> bool:
        raise ConnectorException

    work.start()
    try:
        until(lambda: 0 < lease.shared[0] - elapsed() < 2)
        number = lease.number
        time.sleep(1.5)
        assert held()
        assert lease.number == number
        monkeypatch.setattr(JobStore, "beat", no_database)
        until(lambda: not held(), 3)
    finally:
        stop.set()
        work.join()
        jobs.close()


ZOMBIE = """
import sys, threading
from pathlib import Path
from bot.jobs import postgres
from bot.jobs.port import Done
from tests.jobs.conftest import open_queue
postgres.HEARTBEAT_SECONDS = 0.2
def execute(key):
    with Path(sys.argv[2]).open("a") as ran:
        ran.write("began\\n")
    Path(sys.argv[3]).read_text()  # a FIFO: waits for a writer
    return Done()
open_queue(sys.argv[1]).work(execute, slots=1, stop=threading.Event())
"""


def test_a_job_that_was_taken_over_is_not_ended_by_its_first_replica(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that came since would go with it."""
    import psycopg
    from procrastinate import PsycopgConnector

    from bot.jobs.engine import JobStore

    jobs, ran, fifo = open_queue(postgres_url), tmp_path / "ran", tmp_path / "fifo"
    os.mkfifo(fifo)
    jobs.push(ONE)
    zombie = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ZOMBIE), postgres_url, str(ran), str(fifo)],
        cwd=Path(__file__).parents[2],
    )

    async def rescue() -> list[str]:
        connector = PsycopgConnector(conninfo=postgres_url)
        await connector.open_async()
        try:
            return await JobStore(connector, 1, 0.5, Lease()).rescue()
        finally:
            await connector.close_async()

    try:
        until(ran.exists)
        zombie.send_signal(signal.SIGSTOP)
        time.sleep(0.7)
        assert asyncio.run(rescue()) == [str(ONE)]
        assert jobs.push(ONE)  # an event of now: it joins the waiting row
        with psycopg.connect(postgres_url, autocommit=True) as database:  # nobody takes it yet
            database.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
            zombie.send_signal(signal.SIGCONT)
            fifo.write_text("go on")
            time.sleep(1.0)
            assert jobs.depth().waiting == 1
    finally:
        zombie.kill()
        zombie.wait()
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    with Runner(jobs) as runner:
        until(lambda: runner.runs(ONE) == 1)
    jobs.close()


def test_what_a_lost_replica_did_is_taken_over_within_a_minute() -> None:
    from bot.jobs import postgres

    assert postgres.STALLED_SECONDS + postgres.RESCUE_SECONDS + 1 < 60
    assert postgres.HEARTBEAT_SECONDS * 3 < postgres.STALLED_SECONDS - postgres.WRITE_SECONDS


def test_at_its_end_a_lease_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [5.0]
    monkeypatch.setattr("bot.jobs.lease.elapsed", lambda: clock[0])
    lease = Lease()
    lease.until(10.0)
    hold = lease.hold(Key(REVIEW, 1, 1))
    clock[0] = 9.0
    hold.check()
    clock[0] = 10.0
    with pytest.raises(LeaseLost):
        hold.check()
    lease.until(20.0)
    assert lease.number != hold.number, "renewed after its end"
