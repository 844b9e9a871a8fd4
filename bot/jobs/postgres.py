"""The queue for replicas: Procrastinate on PostgreSQL, with what is needed beyond it.

What the engine gives: `queueing_lock` (one waiting job per key), `lock` (one running job per lane),
heartbeats. What is done here, each because of a trap that was reproduced (docs/decisions/queue.md):
- The engine's own retry is never used: it collides with a newer waiting job and wedges the key. A job that
  failed is pushed anew with its own count of attempts, and "already enqueued" means that somebody did.
- The jobs of a worker that is gone are rescued; where a newer one waits, it supersedes the stalled one.
- A lane is served in order, so a job that waits for its pause would hold up a newer one of its merge request:
  every push makes the whole lane due.
- Of equal priority the oldest runs first, whoever's it is: so each job's priority is its rank in its own
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
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg_pool
from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector, exceptions
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

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
    QueueUnavailable,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

log = logging.getLogger(__name__)

QUEUE, TASK = "sealcheck", "sealcheck.run"
ADVISORY_LOCK = 0x5EA1C4EC
CONNECT_SECONDS = 5.0
HEARTBEAT_SECONDS, STALLED_SECONDS, RESCUE_SECONDS = 5.0, 20.0, 5.0
BACKLOG_COUNTED = 1000
SCHEMA = """
CREATE TABLE IF NOT EXISTS sealcheck_deliveries (id text PRIMARY KEY, seen timestamptz NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS sealcheck_deliveries_seen ON sealcheck_deliveries (seen);
CREATE TABLE IF NOT EXISTS sealcheck_parked (key text PRIMARY KEY, attempts integer NOT NULL, reason text NOT NULL);
CREATE TABLE IF NOT EXISTS sealcheck_facts (name text PRIMARY KEY, value text NOT NULL);
ALTER TABLE sealcheck_facts ADD COLUMN IF NOT EXISTS kept timestamptz NOT NULL DEFAULT now();
ALTER TABLE sealcheck_parked ADD COLUMN IF NOT EXISTS since timestamptz NOT NULL DEFAULT now();
CREATE TABLE IF NOT EXISTS sealcheck_periods (name text PRIMARY KEY, due timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS sealcheck_migrations (name text PRIMARY KEY);
"""
INDEX = """
CREATE INDEX IF NOT EXISTS sealcheck_backlog ON procrastinate_jobs ((args ->> 'project_id')) WHERE status = 'todo'
"""


class PostgresJobs:
    """The port `bot.jobs.port.Jobs` on PostgreSQL. Connections are opened on first use, after any fork."""

    def __init__(
        self, url: str, *, pauses: Pauses | None = None, delivery_memory_seconds: float = 3 * 86400
    ) -> None:
        self._url = url
        self._pauses = pauses or Pauses()
        self._delivery_memory_seconds = delivery_memory_seconds
        self._opening = threading.Lock()
        self._opened: tuple[int, psycopg_pool.ConnectionPool, App] | None = None
        self._periods: dict[str, float] = {}

    def push(self, *keys: Key, delay_seconds: float = 0.0, delivery: str | None = None) -> bool:
        """Whether the keys were queued; False for a delivery seen before. One transaction."""
        with self._connection() as database:
            if delivery is not None:
                seen = "INSERT INTO sealcheck_deliveries (id) VALUES (%s) ON CONFLICT DO NOTHING"
                if not database.execute(seen, (delivery,)).rowcount:
                    return False
            for key in keys:
                database.execute("DELETE FROM sealcheck_parked WHERE key = %s", (str(key),))
                self._enqueue(database, key, 0, delay_seconds)
                database.execute(
                    "UPDATE procrastinate_jobs SET scheduled_at = now() + make_interval(secs => %s)"
                    " WHERE lock = %s AND status = 'todo' AND scheduled_at > now() + make_interval(secs => %s)",
                    (delay_seconds, key.lane, delay_seconds),
                )
        return True

    def _enqueue(
        self, database: psycopg.Connection[Any], key: Key, attempts: int, delay_seconds: float
    ) -> None:
        """Makes the key wait.

        Where it waits already it keeps its time, and counts at least these attempts.
        """
        ((backlog, due),) = database.execute(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'"
            " AND args ->> 'project_id' = %s LIMIT %s) AS waiting), now() + make_interval(secs => %s)",
            (str(key.project_id), BACKLOG_COUNTED, delay_seconds),
        ).fetchall()
        task = self._app().configure_task(
            TASK,
            queue=QUEUE,
            lock=key.lane,
            queueing_lock=str(key),
            priority=-backlog,
            schedule_at=due if delay_seconds > 0 else None,
            connection=database,
        )
        try:
            with database.transaction():
                task.defer(key=str(key), project_id=key.project_id, attempts=attempts)
        except exceptions.AlreadyEnqueued:
            if attempts:
                database.execute(
                    "UPDATE procrastinate_jobs SET args = jsonb_set(args, '{attempts}', to_jsonb(%s::int))"
                    " WHERE queueing_lock = %s AND status = 'todo'",
                    (attempts, str(key)),
                )

    def every(self, name: str, seconds: float) -> None:
        """Queues Key(name) when `work` starts and then every so many seconds, by exactly one worker."""
        self._periods[name] = seconds

    def work(self, execute: Execute, *, slots: int, stop: threading.Event) -> None:
        """Runs jobs until `stop` is set and the running ones have ended. Outlives the database's restarts."""
        while not stop.is_set():
            try:
                for name in self._periods:
                    self.push(Key(name))
                asyncio.run(self._work(execute, slots, stop))
            except (exceptions.ConnectorException, psycopg.Error, QueueUnavailable):
                log.exception("the queue cannot be used now")
                stop.wait(1.0)

    async def _work(self, execute: Execute, slots: int, stop: threading.Event) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(slots + 2))
        connector = PsycopgConnector(conninfo=self._url, min_size=1, max_size=slots + 4)
        app = _declare(connector, lambda context: asyncio.to_thread(self._run, execute, context))
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=slots,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    fetch_job_polling_interval=0.5,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS * 2,
                )
            )
            upkeep = asyncio.create_task(self._upkeep(app))
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

    def _run(self, execute: Execute, context: JobContext) -> None:
        """One job, in a thread.

        The engine deletes it afterwards, whatever came of it is pushed anew before.
        """
        job = context.job
        key, attempts = (
            Key.parse(str(job.task_kwargs["key"])),
            int(str(job.task_kwargs["attempts"])) + job.attempts,
        )
        if attempts >= self._pauses.max_attempts:
            outcome: Outcome = Failed("its process died each time it ran")
        else:
            outcome = execute(key)
            attempts += 1
        with self._connection() as database:
            match outcome:
                case Done():
                    database.execute("DELETE FROM sealcheck_facts WHERE name = %s", (REFUSAL,))
                case Failed(reason) if attempts >= self._pauses.max_attempts:
                    database.execute(
                        "INSERT INTO sealcheck_parked (key, attempts, reason) VALUES (%s, %s, %s)"
                        " ON CONFLICT (key) DO UPDATE"
                        " SET attempts = excluded.attempts, reason = excluded.reason, since = now()",
                        (str(key), attempts, reason[:500]),
                    )
                case Failed():
                    self._enqueue(database, key, attempts, self._pauses.after(attempts))
                case Later(seconds):
                    self._enqueue(database, key, attempts - 1, seconds)
                case Refused(reason):
                    self._enqueue(database, key, attempts - 1, self._pauses.refused_seconds)
                    _remember(database, REFUSAL, reason)
                case HandedBack():
                    self._enqueue(database, key, attempts - 1, 0.0)

    async def _upkeep(self, app: App) -> None:
        """Rescues the jobs of workers that are gone, queues what is periodic, forgets old deliveries."""
        while True:
            stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
            for job in stalled:
                log.warning("rescued", extra={"fields": {"job": job.queueing_lock}})
                await self._rescue(app, job)
            await asyncio.to_thread(self._tick)
            await asyncio.sleep(min([RESCUE_SECONDS, *self._periods.values()]))

    async def _rescue(self, app: App, job: Any) -> None:
        try:
            (now,) = (await app.connector.execute_query_one_async("SELECT now() AS now")).values()
            await app.job_manager.retry_job_by_id_async(job_id=job.id, retry_at=now)
        except exceptions.UniqueViolation:  # a newer one waits: it does this one's work too
            with contextlib.suppress(exceptions.ConnectorException):
                await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
        except exceptions.ConnectorException:
            log.info("another replica rescued it", exc_info=True)

    def _tick(self) -> None:
        with self._connection() as database:
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
                    self._enqueue(database, Key(name), 0, 0.0)

    def parked(self) -> Sequence[Parked]:
        """The jobs that failed too often, by key."""
        with self._connection() as database:
            rows = database.execute(
                "SELECT key, attempts, reason FROM sealcheck_parked ORDER BY key"
            ).fetchall()
        return [Parked(Key.parse(key), attempts, reason) for key, attempts, reason in rows]

    def retry(self, key: Key) -> bool:
        """Whether a parked job of that key was made due again, with its attempts forgotten."""
        with self._connection() as database:
            if not database.execute("DELETE FROM sealcheck_parked WHERE key = %s", (str(key),)).rowcount:
                return False
            self._enqueue(database, key, 0, 0.0)
        return True

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

    def last_delivery(self) -> float | None:
        """When the last delivery was accepted whose id is still remembered, in Unix seconds."""
        with self._connection() as database:
            ((last,),) = database.execute(
                "SELECT extract(epoch FROM max(seen)) FROM sealcheck_deliveries"
            ).fetchall()
        return None if last is None else float(last)

    def forget(self, age_seconds: float) -> int:
        """How many facts and parked jobs were deleted, because nobody has touched them for so long."""
        with self._connection() as database:
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
        """One transaction. Raises QueueUnavailable for whatever the database does not do."""
        try:
            with self._open()[0].connection() as database:
                yield database
        except (psycopg.Error, psycopg_pool.PoolTimeout, exceptions.ConnectorException) as problem:
            raise QueueUnavailable(f"PostgreSQL: {type(problem).__name__}") from problem

    def _app(self) -> App:
        return self._open()[1]

    def _open(self) -> tuple[psycopg_pool.ConnectionPool, App]:
        with self._opening:
            if self._opened is None or self._opened[0] != os.getpid():
                with psycopg.connect(self._url, connect_timeout=int(CONNECT_SECONDS)) as database:
                    apply_schema(database)
                pool = psycopg_pool.ConnectionPool(
                    self._url,
                    min_size=1,
                    max_size=8,
                    timeout=CONNECT_SECONDS,
                    check=psycopg_pool.ConnectionPool.check_connection,
                    open=True,
                )
                app = _declare(SyncPsycopgConnector(), None)
                app.open(pool)
                self._opened = (os.getpid(), pool, app)
            return self._opened[1:]


def _declare(connector: Any, run: Any) -> App:
    """An engine with our one task. `run` is None on the side that only pushes."""
    app = App(connector=connector)

    @app.task(name=TASK, queue=QUEUE, pass_context=True)
    async def task(context: JobContext, /, **_kwargs: object) -> None:
        await run(context)

    return app


def _remember(database: psycopg.Connection[Any], name: str, value: str) -> None:
    database.execute(
        "INSERT INTO sealcheck_facts (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, kept = now()",
        (name, value[:500]),
    )


def apply_schema(database: psycopg.Connection[Any]) -> None:
    """Makes or updates the tables, ours and the engine's, one process at a time.

    The engine's own migrations are followed in their order; each is recorded in the transaction that runs it.
    """
    with database.transaction():
        database.execute("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
        database.execute(SCHEMA)
        scripts = sorted(
            (each for each in files("procrastinate.sql.migrations").iterdir() if each.name.endswith(".sql")),
            key=lambda each: each.name,
        )
        applied = {name for (name,) in database.execute("SELECT name FROM sealcheck_migrations").fetchall()}
        ((there,),) = database.execute("SELECT to_regclass('procrastinate_jobs')").fetchall()
        if there is None:
            database.execute(SchemaManager.get_schema())
        else:
            for script in (each for each in scripts if applied and each.name not in applied):
                log.warning("applying the engine's migration %s", script.name)
                database.execute(script.read_text(encoding="utf-8").encode())
        database.execute(INDEX)
        with database.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO sealcheck_migrations VALUES (%s) ON CONFLICT DO NOTHING",
                [(each.name,) for each in scripts],
            )
