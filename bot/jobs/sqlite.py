"""The embedded queue: one SQLite file, one service on one machine, nothing to install.

A row per unfinished key, and nothing about finished ones. `wanted` counts events: a run remembers the count
it started with, and only if nothing came meanwhile does its end delete the row. What is running is known to
the one worker in memory, so after any crash every row is simply waiting. Attempts are counted when a run
starts, durably: a job that takes the whole machine down is parked in the end like any other.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from bot.errors import described
from bot.jobs.port import (
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
    QueueTaken,
    QueueUnavailable,
    Refused,
    most_of_one_project,
    one_more,
)
from bot.jobs.sqlite_file import open_file
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bot.jobs.lease import Lease

log = logging.getLogger(__name__)
Argument = TypeVar("Argument")
Answer = TypeVar("Answer")
PUSH = """
INSERT INTO jobs (key, project_id, lane, due) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
SET wanted = wanted + 1, parked = NULL, attempts = CASE WHEN parked IS NULL THEN attempts ELSE 0 END,
    due = CASE WHEN parked IS NULL THEN min(due, excluded.due) ELSE excluded.due END
"""
FACT = "INSERT OR REPLACE INTO facts (name, value, kept) VALUES (?, ?, ?)"
POLL_SECONDS = 0.1
BUSY_SECONDS = 5.0
LOCK_PATIENCE_SECONDS = 5.0
"""How long a starting worker waits for the lock of one that is just dying."""


@dataclass(slots=True)
class _Push:
    """One caller's write, waiting for the transaction that includes it."""

    keys: Sequence[Key]
    delay_seconds: float
    delivery: str | None
    queued: bool | None = None
    failure: sqlite3.Error | None = None


@dataclass(slots=True)
class _Running:
    most: int
    """at once of one project"""
    lanes: set[str] = field(default_factory=set)
    projects: dict[int, int] = field(default_factory=dict)
    served: dict[int, int] = field(default_factory=dict)
    """The order in which projects were last served; of equals, the one served longest ago is next."""
    turn: int = 0
    room: threading.Event = field(default_factory=threading.Event)
    """A job has ended since it was cleared."""


class SqliteJobs:
    """The port `bot.jobs.port.Jobs` on one file. Connections are opened on first use, after any fork."""

    def __init__(
        self, path: Path, *, pauses: Pauses | None = None, delivery_memory_seconds: float = 3 * 86400
    ) -> None:
        self._path = path
        self._pauses = pauses or Pauses()
        self._delivery_memory_seconds = delivery_memory_seconds
        self._connection: sqlite3.Connection | None = None
        self._write_lock = threading.Lock()
        self._pending: deque[_Push] = deque()
        self._periods: dict[str, float] = {}

    def push(self, *keys: Key, delay_seconds: float = 0.0, delivery: str | None = None) -> bool:
        """Whether the keys were queued; False for a delivery seen before. Durable when it returns.

        Group commit: the caller that gets the write lock first also writes what the others wait to write, so that
        one fsync serves them all.
        """
        mine = _Push(keys, delay_seconds, delivery)
        self._pending.append(mine)
        with self._write_lock:
            if mine.queued is None and mine.failure is None:
                self._flush()
        if mine.failure is not None:
            raise QueueUnavailable(f"{self._path}: {mine.failure}") from mine.failure
        return bool(mine.queued)

    def _flush(self) -> None:
        batch = [self._pending.popleft() for _ in range(len(self._pending))]
        try:
            with self._transaction() as database:
                answers = [self._write(database, each) for each in batch]
        except sqlite3.Error as problem:
            for each in batch:
                each.failure = problem
        else:
            for each, queued in zip(batch, answers, strict=True):
                each.queued = queued

    def _write(self, database: sqlite3.Connection, push: _Push) -> bool:
        now = time.time()
        if push.delivery is not None:
            database.execute("DELETE FROM deliveries WHERE seen < ?", (now - self._delivery_memory_seconds,))
            if not database.execute(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?)", (push.delivery, now)
            ).rowcount:
                return False
        due = now + push.delay_seconds
        database.executemany(PUSH, [(str(key), key.project_id, key.lane, due) for key in push.keys])
        return True

    def every(self, name: str, seconds: float) -> None:
        """Queues Key(name) when `work` starts and then every so many seconds."""
        self._periods[name] = seconds

    def work(
        self,
        execute: Execute,
        *,
        slots: int,
        stop: threading.Event,
        lease: Lease | None = None,  # noqa: ARG002 - without an end: the file has one worker, which has its lock
    ) -> None:
        """Runs jobs until `stop` is set and the running ones have ended. Raises QueueTaken, QueueNewer."""
        with self._only_worker(), ThreadPoolExecutor(slots) as threads:
            running, free = _Running(most_of_one_project(slots)), threading.Semaphore(slots)

            def ended(_: object) -> None:
                free.release()
                running.room.set()  # for those of its merge request and of its project

            next_times = dict.fromkeys(self._periods, time.monotonic())
            while not stop.is_set():
                for name, when in next_times.items():
                    if time.monotonic() >= when:
                        next_times[name] = time.monotonic() + self._periods[name]
                        self._try(self.push, Key(name))
                if not free.acquire(timeout=POLL_SECONDS):
                    continue
                running.room.clear()
                claimed = self._try(self._claim, running)
                if claimed is None:
                    free.release()
                    running.room.wait(POLL_SECONDS)
                    continue
                threads.submit(self._run, execute, claimed, running).add_done_callback(ended)

    def _try(self, verb: Callable[[Argument], Answer], argument: Argument) -> Answer | None:
        """None where the database cannot be used now (locked, disk full).

        Logged, and tried again in a second.
        """
        try:
            return verb(argument)
        except QueueNewer:
            raise
        except QueueUnavailable:
            log.exception("the queue cannot be used now")
            time.sleep(1.0)
            return None

    def _claim(self, running: _Running) -> tuple[Key, int, int] | None:
        """The next job, its `wanted` and its attempts with this one; None where nothing is due.

        The project with the fewest running jobs first, then the one served longest ago: a project with
        10,000 waiting jobs delays another one's only job by one turn.
        """
        with self._writing() as database:
            now = time.time()
            # A time further off than the longest pause comes from a clock that was wrong: due now.
            late = now + max(self._pauses.longest_seconds, 86400.0)
            projects = database.execute(
                "SELECT DISTINCT project_id FROM jobs WHERE parked IS NULL AND (due <= ? OR due > ?)",
                (now, late),
            ).fetchall()
            order = sorted(
                (each for (each,) in projects),
                key=lambda each: (running.projects.get(each, 0), running.served.get(each, 0)),
            )
            for project in order:
                if running.projects.get(project, 0) >= running.most:
                    break
                for text, lane, wanted, attempts in database.execute(
                    "SELECT key, lane, wanted, attempts FROM jobs"
                    " WHERE project_id = ? AND parked IS NULL AND (due <= ? OR due > ?) ORDER BY due",
                    (project, now, late),
                ):
                    if lane in running.lanes:
                        continue
                    again = now + (self._pauses.after(attempts) if attempts else 0.0)
                    database.execute(
                        "UPDATE jobs SET attempts = attempts + 1, due = ? WHERE key = ?", (again, text)
                    )
                    running.turn += 1
                    running.lanes.add(lane)
                    running.served[project] = running.turn
                    running.projects[project] = running.projects.get(project, 0) + 1
                    return Key.parse(text), wanted, attempts + 1
        return None

    def _run(self, execute: Execute, claimed: tuple[Key, int, int], running: _Running) -> None:
        key, wanted, attempts = claimed
        outcome: Outcome = Failed("its process died each time it ran")
        try:
            if attempts <= self._pauses.max_attempts:
                outcome = execute(key)
        except Exception as problem:
            log.exception("the job could not be run")
            outcome = Failed(described(problem))
        finally:
            try:
                self._settle(key, wanted, attempts, outcome)
            except QueueUnavailable:  # then it runs again, as after a crash
                log.exception("the end of a job cannot be written now")
            finally:
                with self._write_lock:
                    running.lanes.discard(key.lane)
                    running.projects[key.project_id] -= 1

    def _settle(self, key: Key, wanted: int, attempts: int, outcome: Outcome) -> None:
        now, text = time.time(), str(key)
        with self._writing() as database:
            match outcome:
                case Done():
                    database.execute("DELETE FROM jobs WHERE key = ? AND wanted = ?", (text, wanted))
                    database.execute("UPDATE jobs SET attempts = 0, due = ? WHERE key = ?", (now, text))
                    database.execute("DELETE FROM facts WHERE name = 'refusal'")
                    return
                case Failed(reason) if attempts >= self._pauses.max_attempts:
                    if not database.execute(
                        "UPDATE jobs SET parked = ?, due = ? WHERE key = ? AND wanted = ?",
                        (reason[:500], now, text, wanted),
                    ).rowcount:  # an event came during the last try: it has all tries of its own
                        database.execute("UPDATE jobs SET attempts = 0, due = ? WHERE key = ?", (now, text))
                    return
                case Failed():
                    pause, counted = self._pauses.after(attempts), attempts
                case Later(seconds):
                    pause, counted = seconds, attempts - 1
                case Refused(reason):
                    pause, counted = self._pauses.refused_seconds, attempts - 1
                    database.execute(FACT, ("refusal", reason[:500], now))
                case HandedBack():
                    pause, counted = 0.0, attempts - 1
            # An event during the run makes it due at once, except where GitLab itself named a time.
            patient = isinstance(outcome, Later)
            database.execute(
                "UPDATE jobs SET attempts = ?, due = CASE WHEN ? OR wanted = ? THEN ? ELSE ? END WHERE key = ?",
                (counted, patient, wanted, now + pause, now, text),
            )

    def parked(self) -> Sequence[Parked]:
        """The jobs that failed too often, by key."""
        rows = self._read("SELECT key, attempts, parked FROM jobs WHERE parked IS NOT NULL ORDER BY key")
        return [Parked(Key.parse(text), attempts, reason) for text, attempts, reason in rows]

    def depth(self) -> Depth:
        """How full the queue is now."""
        ((waiting, parked, oldest),) = self._read(
            "SELECT count(*) FILTER (WHERE parked IS NULL), count(parked),"
            " min(due) FILTER (WHERE parked IS NULL) FROM jobs"
        )
        return Depth(waiting, parked, max(0.0, time.time() - oldest) if oldest is not None else 0.0)

    def remember(self, name: str, value: str | None) -> None:
        """Keeps a small fact for the other processes; None forgets it."""
        with self._writing() as database:
            if value is None:
                database.execute("DELETE FROM facts WHERE name = ?", (name,))
            else:
                database.execute(FACT, (name, value[:500], time.time()))

    def recall(self, name: str) -> str | None:
        """The fact of that name, or None."""
        rows = self._read("SELECT value FROM facts WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def spend(self, name: str, most: int, seconds: float) -> float:
        """0 where one more fits into this window, and is counted; else after how many seconds to come back."""
        with self._writing() as database:
            rows = database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchall()
            spent, wait = one_more(rows[0][0] if rows else "", time.time(), most, seconds)
            database.execute(FACT, (name, spent, time.time()))
        return wait

    def last_delivery(self) -> float | None:
        """When the last delivery was accepted whose id is still remembered, in Unix seconds."""
        ((last,),) = self._read("SELECT max(seen) FROM deliveries")
        return None if last is None else float(last)

    def forget(self, age_seconds: float) -> int:
        """Delete facts and parked jobs that were not touched for so long; return how many."""
        before = time.time() - age_seconds
        with self._writing() as database:
            facts = database.execute("DELETE FROM facts WHERE kept < ?", (before,)).rowcount
            parked = "DELETE FROM jobs WHERE parked IS NOT NULL AND due < ?"
            return int(facts + database.execute(parked, (before,)).rowcount)

    def check(self) -> None:
        """Returns if the file can be written."""
        with self._writing():
            pass

    def close(self) -> None:
        """Closes the connection of this process."""
        with self._write_lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _read(self, statement: str, *values: str) -> list[Any]:
        with self._write_lock:
            try:
                return self._database().execute(statement, values).fetchall()
            except sqlite3.Error as problem:
                raise QueueUnavailable(f"{self._path}: {problem}") from problem

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction under the process's one write lock.

        SQLite's own busy handler sleeps up to 100 ms.
        """
        with self._write_lock:
            try:
                with self._transaction() as database:
                    yield database
            except sqlite3.Error as problem:
                raise QueueUnavailable(f"{self._path}: {problem}") from problem

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        database = self._database()
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def _database(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_file(self._path, BUSY_SECONDS)
        return self._connection

    @contextlib.contextmanager
    def _only_worker(self) -> Iterator[None]:
        """Keep the lock on the file beside the database.

        The operating system lets go of it when this process dies.
        """
        try:
            file = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise QueueUnavailable(f"{self._path}.lock: {problem.strerror}") from problem
        try:
            until = time.monotonic() + LOCK_PATIENCE_SECONDS
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise QueueTaken(
                            f"{self._path}: another service works on this file already"
                        ) from None
                    time.sleep(POLL_SECONDS)
            yield
        finally:
            os.close(file)
