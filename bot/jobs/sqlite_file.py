"""The SQLite file of the embedded queue: its tables, brought forward when it is opened."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

from bot.jobs.port import QueueNewer

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    key TEXT PRIMARY KEY, project_id INTEGER NOT NULL, lane TEXT NOT NULL,
    wanted INTEGER NOT NULL DEFAULT 1, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, parked TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (project_id, due) WHERE parked IS NULL;
CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY, seen REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_seen ON deliveries (seen);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL, kept REAL NOT NULL DEFAULT 0) STRICT;
"""
LEVEL = 1
"""Of the tables: raised when an older program can no longer work with them, which a new column never does."""


def open_file(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection to the file, which is made where it is missing. Raises QueueNewer, sqlite3.Error."""
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    ((needed,),) = connection.execute("PRAGMA user_version").fetchall()
    if needed > LEVEL:
        connection.close()
        raise QueueNewer(f"{path}: made by a newer version of Sealcheck, which this one cannot follow")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(SCHEMA)
    columns = {name for _, name, *_ in connection.execute("PRAGMA table_info (facts)")}
    if "kept" not in columns:  # before 0.2
        connection.execute("ALTER TABLE facts ADD COLUMN kept REAL NOT NULL DEFAULT 0")
        connection.execute("UPDATE facts SET kept = ?", (time.time(),))
    if needed < LEVEL:
        connection.execute(f"PRAGMA user_version = {LEVEL}")
    return connection
