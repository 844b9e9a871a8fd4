"""The tables in PostgreSQL, brought forward while replicas of an older version still serve.

Two kinds of scripts, ours and the engine's, each recorded by name in the transaction that runs it. Most only add, so
that the old program goes on beside the new one. The engine calls those that take something away `post`: they wait
until no older program is connected. A program that meets a `post` that it does not know is older than the
database: it says so and does not serve. (procrastinate.readthedocs.io, "Migrate the schema", 2026-11)
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from procrastinate.schema import SchemaManager

from bot.jobs.port import QueueNewer, QueueUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

log = logging.getLogger(__name__)

ADVISORY_LOCK: Final = 0x5EA1C4EC
PROGRAM: Final = "sealcheck/"
OURS: Final[Mapping[str, str]] = {
    "sealcheck.001": """
CREATE TABLE IF NOT EXISTS sealcheck_deliveries (id text PRIMARY KEY, seen timestamptz NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS sealcheck_deliveries_seen ON sealcheck_deliveries (seen);
CREATE TABLE IF NOT EXISTS sealcheck_parked (key text PRIMARY KEY, attempts integer NOT NULL, reason text NOT NULL);
CREATE TABLE IF NOT EXISTS sealcheck_facts (name text PRIMARY KEY, value text NOT NULL);
ALTER TABLE sealcheck_facts ADD COLUMN IF NOT EXISTS kept timestamptz NOT NULL DEFAULT now();
ALTER TABLE sealcheck_parked ADD COLUMN IF NOT EXISTS since timestamptz NOT NULL DEFAULT now();
CREATE TABLE IF NOT EXISTS sealcheck_periods (name text PRIMARY KEY, due timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS sealcheck_backlog ON procrastinate_jobs ((args ->> 'project_id')) WHERE status = 'todo';
CREATE INDEX IF NOT EXISTS sealcheck_lanes ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing');
""",
}
"""Ours, in their order. Tables grow by columns with defaults only; what must break the old program is named `post`."""


def migrate(database: psycopg.Connection[Any]) -> None:
    """Makes or brings forward the tables, one process at a time; nothing but one read where nothing is to do.

    Raises QueueNewer.
    """
    wanted = {*_engines(), *OURS}
    applied = _applied(database)
    newer = sorted(name for name in applied - wanted if "post" in name)
    if newer:
        raise QueueNewer(f"PostgreSQL: a newer version has brought the database forward ({', '.join(newer)})")
    if wanted <= applied:
        return
    with database.transaction():
        database.execute("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
        database.execute("CREATE TABLE IF NOT EXISTS sealcheck_migrations (name text PRIMARY KEY)")
        _bring_forward(database, _applied(database))


def program() -> str:
    """What a connection of this program calls itself; programs order by it."""
    return f"{PROGRAM}{max(_engines())} {max(OURS)}"


def _bring_forward(database: psycopg.Connection[Any], applied: set[str]) -> None:
    ((there,),) = database.execute("SELECT to_regclass('procrastinate_jobs')").fetchall()
    if there is not None and not applied:
        raise QueueUnavailable(
            "PostgreSQL: the tables of another program's queue are there; give Sealcheck its own"
        )
    if there is None:
        database.execute(SchemaManager.get_schema())
        _record(database, _engines())
        applied |= _engines().keys()
    scripts = {name: script for name, script in {**_engines(), **OURS}.items() if name not in applied}
    for post in (False, True):
        todo = {name: script for name, script in scripts.items() if ("post" in name) is post}
        if post and todo and (others := _older_programs(database)):
            log.warning(
                "%d connections of older programs: %s waits until they are gone", others, ", ".join(todo)
            )
            return
        for name, script in todo.items():
            log.warning("bringing the database forward: %s", name)
            database.execute(script.encode())
        _record(database, todo)


@cache
def _engines() -> Mapping[str, str]:
    """The engine's scripts by name, in their order."""
    scripts = (each for each in files("procrastinate.sql.migrations").iterdir() if each.name.endswith(".sql"))
    return {
        each.name: each.read_text(encoding="utf-8") for each in sorted(scripts, key=lambda each: each.name)
    }


def _applied(database: psycopg.Connection[Any]) -> set[str]:
    ((there,),) = database.execute("SELECT to_regclass('sealcheck_migrations')").fetchall()
    if there is None:
        return set()
    return {name for (name,) in database.execute("SELECT name FROM sealcheck_migrations").fetchall()}


def _record(database: psycopg.Connection[Any], names: Mapping[str, str]) -> None:
    with database.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO sealcheck_migrations VALUES (%s) ON CONFLICT DO NOTHING", [(name,) for name in names]
        )


def _older_programs(database: psycopg.Connection[Any]) -> int:
    ((others,),) = database.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND starts_with(application_name, %s) AND application_name < %s",
        (PROGRAM, program()),
    ).fetchall()
    return int(others)
