"""A rolling update: tomorrow's program beside today's on one database, and today's once it is too old for it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

from bot.jobs.port import REVIEW, Key, QueueNewer, QueueUnavailable
from tests.jobs.conftest import Runner, open_queue, until

TOMORROW = """
import sys, threading
from pathlib import Path
from bot.jobs import migrations
from bot.jobs.port import REVIEW, Done, Key
engines = {
    **migrations._engines(),
    "99.00.00_01_pre_tomorrow.sql": "ALTER TABLE procrastinate_jobs ADD COLUMN tomorrow int NOT NULL DEFAULT 0",
    "99.00.00_50_post_tomorrow.sql": "ALTER TABLE procrastinate_jobs DROP COLUMN tomorrow",
}
migrations._engines = lambda: engines
migrations.OURS["sealcheck.002"] = "ALTER TABLE sealcheck_facts ADD COLUMN more text NOT NULL DEFAULT ''"
from tests.jobs.conftest import open_queue
jobs, ran = open_queue(sys.argv[1]), Path(sys.argv[2])
jobs.push(*(Key(REVIEW, 1, 100 + number) for number in range(20)))
if len(sys.argv) > 3:
    stop = threading.Event()
    def execute(key):
        with ran.open("a") as file:
            file.write(f"{key}\\n")
        return Done()
    worker = threading.Thread(target=jobs.work, args=(execute,), kwargs={"slots": 2, "stop": stop})
    worker.start()
    sys.stdin.read()
    stop.set()
    worker.join()
jobs.close()
"""


def tomorrow(url: str, ran: Path, *work: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(TOMORROW), url, str(ran), *work],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def applied(url: str) -> set[str]:
    with psycopg.connect(url) as database:
        return {name for (name,) in database.execute("SELECT name FROM sealcheck_migrations").fetchall()}


def test_tomorrows_replica_serves_beside_todays_and_what_would_break_it_waits(
    postgres_url: str, tmp_path: Path
) -> None:
    today, ran = open_queue(postgres_url), tmp_path / "ran"
    ran.touch()
    keys = {str(Key(REVIEW, 1, iid)) for iid in (*range(1, 21), *range(100, 120))}
    today.check()
    with Runner(today) as runner:
        newer = tomorrow(postgres_url, ran, "work")
        until(lambda: "99.00.00_01_pre_tomorrow.sql" in applied(postgres_url))
        today.push(*(Key(REVIEW, 1, iid) for iid in range(1, 21)))
        until(lambda: today.depth().waiting == 0)
        began = {str(key) for _, key in runner.began}
        assert began | set(ran.read_text().split()) == keys
        assert {"sealcheck.002"} <= applied(postgres_url)
        assert "99.00.00_50_post_tomorrow.sql" not in applied(postgres_url)
        # A second one starts, as each job's process does: today's is still there, so what would break it waits.
        reported = tomorrow(postgres_url, ran).communicate(timeout=30)[1]
        assert "99.00.00_50_post_tomorrow.sql waits until they are gone" in reported
        until(lambda: today.depth().waiting == 0)
    today.close()
    assert tomorrow(postgres_url, ran).wait(30) == 0
    assert "99.00.00_50_post_tomorrow.sql" in applied(postgres_url)
    newer.communicate(timeout=30)
    assert newer.returncode == 0

    with pytest.raises(QueueNewer, match="a newer version has brought the database forward"):
        today.push(Key(REVIEW, 1, 1))


def test_two_that_start_at_once_bring_the_tables_once(postgres_url: str, tmp_path: Path) -> None:
    several = [tomorrow(postgres_url, tmp_path / "ran") for _ in range(4)]
    for each in several:
        assert each.wait(30) == 0, each.communicate()
    assert "99.00.00_50_post_tomorrow.sql" in applied(postgres_url)


def test_the_tables_of_another_program_are_left_alone(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as database:
        database.execute("CREATE TABLE procrastinate_jobs (theirs int)")
    jobs = open_queue(postgres_url)
    with pytest.raises(QueueUnavailable, match="another program"):
        jobs.check()


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 1000")
    database.close()
    jobs = open_queue(f"sqlite:///{path}")
    with pytest.raises(QueueNewer, match="made by a newer version"):
        jobs.push(Key(REVIEW, 1, 1))


def test_a_file_from_before_a_column_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
        database.execute("INSERT INTO facts VALUES ('swept', '2026-11-01')")
    database.close()
    jobs = open_queue(f"sqlite:///{path}")
    assert jobs.recall("swept") == "2026-11-01"
    assert jobs.forget(3600) == 0
    jobs.close()
