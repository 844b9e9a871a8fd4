"""Both databases as one type: a transaction that runs statements, with `?` for a value."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from bot.errors import SealcheckError
from bot.facts.postgres_errors import why_unavailable

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., list[Any]]
"""A statement and its values; what comes back are rows."""
Transaction = Callable[[], AbstractContextManager[Run]]
BUSY_SECONDS = 5.0
ADVISORY_LOCK = 0x5EA1C050


class RecordsUnavailable(SealcheckError):
    """The console's records cannot be read or written now."""


def on_sqlite(path: Path, schema: str) -> Transaction:
    """Transactions on the queue's file. A connection for each: safe over forks and threads.

    A record that is lost with the power is made anew by the next review, so none waits for the disk.
    """
    made: list[bool] = []

    @contextlib.contextmanager
    def transaction() -> Iterator[Run]:
        try:
            with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database, database:
                database.execute("PRAGMA synchronous = NORMAL")
                if not made:
                    database.execute("PRAGMA journal_mode = WAL")
                    for statement in schema.split(";"):
                        database.execute(statement)
                    database.commit()
                    made.append(True)
                yield lambda statement, *values: database.execute(statement, values).fetchall()
        except sqlite3.Error as problem:
            raise RecordsUnavailable(f"{path}: {problem}") from problem

    return transaction


def on_postgres(url: str, schema: str) -> Transaction:
    """Transactions on PostgreSQL. The tables are made by the first of each process."""
    import psycopg  # noqa: PLC0415 - needs the extra `postgres`

    made: list[bool] = []

    @contextlib.contextmanager
    def transaction() -> Iterator[Run]:
        try:
            with psycopg.connect(url, connect_timeout=int(BUSY_SECONDS)) as database:
                if not made:
                    database.execute("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
                    database.execute(schema.encode())
                    database.commit()
                    made.append(True)

                def run(statement: str, *values: Any) -> list[Any]:
                    cursor = database.execute(statement.replace("?", "%s").encode(), values)
                    return cursor.fetchall() if cursor.description else []

                yield run
        except psycopg.Error as problem:
            raise RecordsUnavailable(why_unavailable(url, problem)) from problem

    return transaction
