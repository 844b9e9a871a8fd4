"""The queue for replicas: Procrastinate on PostgreSQL, with what is needed beyond it.

What the engine gives: `queueing_lock` (one waiting job per key), `lock` (one running job per lane),
heartbeats. What is done here, each because of a trap that was reproduced (docs/decisions/queue.md):
- The engine's own retry is never used: it collides with a newer waiting job and wedges the key. A job that
  failed is pushed anew with its own count of attempts, and "waits already" means that somebody did.
- A job ends in one transaction with what follows from it, and only while it is this run's: a replica that was
  frozen or cut off finds that another replica has its job, and leaves it there.
- The jobs of a worker that is gone are rescued; where a newer one waits, it supersedes the stalled one.
- Of equal priority the oldest runs first, of any project: so each job's priority is its rank in its own
  project's backlog, and a quiet project's only job goes before the second of a noisy one.
All times are the database's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg_pool
from procrastinate import JobContext, PsycopgConnector, exceptions

from bot.errors import described
from bot.facts.postgres_errors import why_unavailable
from bot.jobs.engine import AGAIN, END, PARK, PUSH, QUEUE, ROOM, JobStore, engine
from bot.jobs.lease import Lease, elapsed
from bot.jobs.migrations import migrate, program
from bot.jobs.port import (
    REFUSAL,
    Depth,
    Done,
    Execute,
    Failed,
    HandedBack,
    Key,
    Later,
    Outcome,
    Parked,
    Pauses,
    QueueNewer,
    QueueUnavailable,
    Refused,
    one_more,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from procrastinate.jobs import Job

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS, RESCUE_SECONDS, POLL_SECONDS = 5.0, 5.0, 0.5
STALLED_SECONDS = 30.0
"""A replica without a heartbeat for so long loses its jobs to the others."""
HANDED_BACK_SECONDS = 1.0
"""So that a stopping replica does not fetch again what it hands back."""
WRITE_SECONDS = 10.0
"""So long before that it writes nothing more to GitLab: a request that is on its way arrives within this."""


class PostgresJobs:
    """The port `bot.jobs.port.Jobs` on PostgreSQL. Connections are opened on first use, after any fork."""

    def __init__(
        self, url: str, *, pauses: Pauses | None = None, delivery_memory_seconds: float = 3 * 86400
    ) -> None:
        self._url = url
        self._pauses = pauses or Pauses()
        self._delivery_memory_seconds = delivery_memory_seconds
        self._opening = threading.Lock()
        self._opened: tuple[int, psycopg_pool.ConnectionPool] | None = None
        self._periods: dict[str, float] = {}

    def push(self, *keys: Key, delay_seconds: float = 0.0, delivery: str | None = None) -> bool:
        """Whether the keys were queued; False for a delivery seen before. One transaction."""
        wanted = list(dict.fromkeys(keys))
        values = {
            "delivery": delivery,
            "keys": [str(key) for key in wanted],
            "lanes": [key.lane for key in wanted],
            "projects": [key.project_id for key in wanted],
            "attempts": 0,
            "delay": delay_seconds,
        }
        with self._connection() as database:
            return database.execute(PUSH, values).rowcount > 0

    def every(self, name: str, seconds: float) -> None:
        """Queues Key(name) when `work` starts and then every so many seconds, by exactly one worker."""
        self._periods[name] = seconds

    def work(
        self, execute: Execute, *, slots: int, stop: threading.Event, lease: Lease | None = None
    ) -> None:
        """Runs jobs until `stop` is set and the running ones have ended. Outlives the database's restarts."""
        while not stop.is_set():
            try:
                self.check()  # and brings the tables forward
                for name in self._periods:
                    self.push(Key(name))
                asyncio.run(self._work(execute, slots, stop, lease or Lease()))
            except QueueNewer:
                raise
            except (exceptions.ConnectorException, psycopg.Error, QueueUnavailable):
                log.exception("the queue cannot be used now")
                stop.wait(1.0)

    async def _work(self, execute: Execute, slots: int, stop: threading.Event, lease: Lease) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(slots + 2))
        connector = PsycopgConnector(
            conninfo=self._url, kwargs={"application_name": program()}, min_size=1, max_size=slots + 4
        )
        store = JobStore(connector, slots, STALLED_SECONDS, lease)

        async def run(context: JobContext) -> None:
            await asyncio.to_thread(self._run, execute, context.job, stop)

        app = engine(store, run)
        lease.until(0.0)
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=slots,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=POLL_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS * 2,
                )
            )
            heart = asyncio.create_task(_beat(store, lease))
            upkeep = asyncio.create_task(self._upkeep(store))
            try:
                while not stop.is_set() and not worker.done() and not upkeep.done():  # noqa: ASYNC110 - `stop` is of threads
                    await asyncio.sleep(0.1)
            finally:
                upkeep.cancel()
                worker.cancel()  # the engine's way to stop gracefully: running jobs end first
                with contextlib.suppress(asyncio.CancelledError):
                    await worker
                with contextlib.suppress(asyncio.CancelledError):
                    await upkeep
                heart.cancel()

    def _run(self, execute: Execute, job: Job, stop: threading.Event) -> None:
        """One job and its end, in a thread. A database that is away is waited for: the end is not lost."""
        key, attempts = Key.parse(str(job.task_kwargs["key"])), int(str(job.task_kwargs["attempts"]))
        attempts += job.attempts
        outcome: Outcome = Failed("its process died each time it ran")
        if attempts < self._pauses.max_attempts:
            attempts += 1
            try:
                outcome = execute(key)
            except Exception as problem:  # what is begun must be ended, or it blocks its merge request
                log.exception("the job could not be run")
                outcome = Failed(described(problem))
        while True:
            try:
                self._end(job, key, attempts, outcome)
            except QueueUnavailable:
                log.exception("the end of a job cannot be written now")
                if stop.wait(1.0):  # the next worker finds it begun and not ended
                    return
            else:
                return

    def _end(self, job: Job, key: Key, attempts: int, outcome: Outcome) -> None:
        """Ends the job and queues what follows from its outcome: both or neither, and only while it is ours."""
        mine = {"id": job.id, "worker_id": job.worker_id, "attempts": job.attempts}
        with self._transaction() as database:
            if not database.execute(END, mine).rowcount:
                log.warning("another replica has taken the job over", extra={"fields": {"job": str(key)}})
                return
            match outcome:
                case Done():
                    database.execute("DELETE FROM sealcheck_parked WHERE key = %s", (str(key),))
                    database.execute("DELETE FROM sealcheck_facts WHERE name = %s", (REFUSAL,))
                case Failed(reason) if attempts >= self._pauses.max_attempts:
                    database.execute(PARK, {"key": str(key), "attempts": attempts, "reason": reason[:500]})
                case Failed():
                    _again(database, key, attempts, self._pauses.after(attempts))
                case Later(seconds):
                    _again(database, key, attempts - 1, seconds)
                case Refused(reason):
                    _again(database, key, attempts - 1, self._pauses.refused_seconds)
                    _remember(database, REFUSAL, reason)
                case HandedBack():
                    _again(database, key, attempts - 1, HANDED_BACK_SECONDS)
            database.execute(ROOM, {"project_id": str(key.project_id)})

    async def _upkeep(self, store: JobStore) -> None:
        """Rescues the jobs of workers that are gone, queues what is periodic, forgets old deliveries."""
        while True:
            try:
                for key in await store.rescue():
                    log.warning("rescued", extra={"fields": {"job": key}})
            except exceptions.UniqueViolation:
                log.info("an event came for a job that is to be rescued: it is looked at again")
            await asyncio.to_thread(self._tick)
            await asyncio.sleep(min([RESCUE_SECONDS, *self._periods.values()]))

    def _tick(self) -> None:
        with self._transaction() as database:
            database.execute(
                "DELETE FROM sealcheck_deliveries WHERE seen < now() - make_interval(secs => %s)",
                (self._delivery_memory_seconds,),
            )
            for name, seconds in self._periods.items():
                mine = database.execute(
                    "INSERT INTO sealcheck_periods VALUES (%(name)s, now() + make_interval(secs => %(seconds)s))"
                    " ON CONFLICT (name) DO UPDATE SET due = excluded.due"
                    " WHERE sealcheck_periods.due <= now() RETURNING name",
                    {"name": name, "seconds": seconds},
                ).fetchall()
                if mine:
                    _again(database, Key(name), 0, 0.0)

    def parked(self) -> Sequence[Parked]:
        """The jobs that failed too often, by key."""
        with self._connection() as database:
            rows = database.execute(
                "SELECT key, attempts, reason FROM sealcheck_parked ORDER BY key"
            ).fetchall()
        return [Parked(Key.parse(key), attempts, reason) for key, attempts, reason in rows]

    def depth(self) -> Depth:
        """How full the queue is now."""
        with self._connection() as database:
            ((waiting, parked, oldest),) = database.execute(
                "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')),"
                " (SELECT count(*) FROM sealcheck_parked),"
                " (SELECT extract(epoch FROM now() - min(coalesce(scheduled_at, at))) FROM procrastinate_jobs AS job"
                "  JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'"
                "  WHERE status = 'todo')"
            ).fetchall()
        return Depth(waiting, parked, max(0.0, float(oldest or 0.0)))

    def remember(self, name: str, value: str | None) -> None:
        """Keeps a small fact for the other processes; None forgets it."""
        with self._connection() as database:
            if value is None:
                database.execute("DELETE FROM sealcheck_facts WHERE name = %s", (name,))
            else:
                _remember(database, name, value)

    def recall(self, name: str) -> str | None:
        """The fact of that name, or None."""
        with self._connection() as database:
            rows = database.execute("SELECT value FROM sealcheck_facts WHERE name = %s", (name,)).fetchall()
        return str(rows[0][0]) if rows else None

    def spend(self, name: str, most: int, seconds: float) -> float:
        """0 where one more fits into this window, and is counted; else after how many seconds to come back."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO sealcheck_facts (name, value) VALUES (%s, '') ON CONFLICT DO NOTHING", (name,)
            )
            ((value, now),) = database.execute(
                "SELECT value, extract(epoch FROM clock_timestamp())::float8 FROM sealcheck_facts"
                " WHERE name = %s FOR UPDATE",
                (name,),
            ).fetchall()
            spent, wait = one_more(value, now, most, seconds)
            _remember(database, name, spent)
        return wait

    def last_delivery(self) -> float | None:
        """When the last delivery was accepted whose id is still remembered, in Unix seconds."""
        with self._connection() as database:
            ((last,),) = database.execute(
                "SELECT extract(epoch FROM max(seen)) FROM sealcheck_deliveries"
            ).fetchall()
        return None if last is None else float(last)

    def forget(self, age_seconds: float) -> int:
        """Delete facts and parked jobs that were not touched for so long; return how many."""
        with self._transaction() as database:
            facts = database.execute(
                "DELETE FROM sealcheck_facts WHERE kept < now() - make_interval(secs => %s)", (age_seconds,)
            )
            parked = database.execute(
                "DELETE FROM sealcheck_parked WHERE since < now() - make_interval(secs => %s)", (age_seconds,)
            )
            return facts.rowcount + parked.rowcount

    def check(self) -> None:
        """Returns if the database answers."""
        with self._connection() as database:
            database.execute("SELECT 1")

    def close(self) -> None:
        """Closes the connections of this process."""
        with self._opening:
            if self._opened is not None and self._opened[0] == os.getpid():
                self._opened[1].close()
            self._opened = None

    @contextlib.contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """Each statement is a transaction of its own. Raises QueueUnavailable for every failure of the database."""
        try:
            with self._open().connection() as database:
                yield database
        except (psycopg.Error, psycopg_pool.PoolTimeout, exceptions.ConnectorException) as problem:
            raise QueueUnavailable(why_unavailable(self._url, problem)) from problem

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        """The same, all statements or none."""
        with self._connection() as database, database.transaction():
            yield database

    def _open(self) -> psycopg_pool.ConnectionPool:
        with self._opening:
            if self._opened is None or self._opened[0] != os.getpid():
                with psycopg.connect(
                    self._url, connect_timeout=int(CONNECT_SECONDS), application_name=program()
                ) as database:
                    migrate(database)
                pool = psycopg_pool.ConnectionPool(
                    self._url,
                    kwargs={"application_name": program(), "autocommit": True},
                    min_size=1,
                    max_size=8,
                    timeout=CONNECT_SECONDS,
                    check=psycopg_pool.ConnectionPool.check_connection,
                    open=True,
                )
                self._opened = (os.getpid(), pool)
            return self._opened[1]


async def _beat(store: JobStore, lease: Lease) -> None:
    """Send the heartbeat, also while only the last jobs run, when the engine sends none.

    Each beat lengthens the lease: counted from before the question, so that it is over before anybody rescues.
    """
    while True:
        if store.worker_id is None:
            await asyncio.sleep(0.01)
            continue
        asked = elapsed()
        try:
            alive = await store.beat()
        except exceptions.ConnectorException:
            await asyncio.sleep(1.0)
            continue
        lease.until(asked + STALLED_SECONDS - WRITE_SECONDS if alive else 0.0)
        await asyncio.sleep(HEARTBEAT_SECONDS)


def _again(database: psycopg.Connection[Any], key: Key, attempts: int, delay_seconds: float) -> None:
    """Makes a key wait that is not done."""
    values = {"key": str(key), "lane": key.lane, "project_id": key.project_id}
    database.execute(AGAIN, {**values, "attempts": attempts, "delay": delay_seconds})


def _remember(database: psycopg.Connection[Any], name: str, value: str) -> None:
    database.execute(
        "INSERT INTO sealcheck_facts (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, kept = now()",
        (name, value[:500]),
    )
