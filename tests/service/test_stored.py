"""What the database holds after reviews, a parked one and a command, with the console on: no code, no diff, no secret."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import SECRET, Service, until
from tests.service.stories import settings

CANARY = "canary" + secrets.token_hex(8)
FILE = (
    LEAKY.replace("./deploy.sh", f"./deploy.sh {CANARY}") + f"variables:\n  PASSWORD: {CANARY}\n# {CANARY}\n"
)


def cells(url: str) -> list[str]:
    """Every value of every table, as text."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            rows = [row for (name,) in tables for row in database.execute(f'SELECT * FROM "{name}"')]
    else:
        with psycopg.connect(url) as database:
            tables = database.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            rows = [
                row
                for (name,) in tables
                for row in database.execute(f'SELECT * FROM "{name}"'.encode()).fetchall()
            ]
    return [str(cell) for row in rows for cell in row]


def test_no_code_no_diff_and_no_secret_is_stored(database_url: str, tmp_path: Path) -> None:
    with GitLabDouble() as double:
        console = {
            "PUBLIC_URL": "http://127.0.0.1:9",
            "SEALCHECK_CONSOLE": "true",
            "SEALCHECK_CONSOLE_CLIENT_ID": "an-application",
            "SEALCHECK_CONSOLE_CLIENT_SECRET": secrets.token_hex(16),
            "SEALCHECK_CONSOLE_SESSION_SECRET": secrets.token_hex(32),
        }
        environment = {**settings(double), **console, "DATABASE_URL": database_url}
        service = Service(tmp_path, environment).start()
        try:
            project = a_project(double)
            double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
            maintainer = double.user("mia", role=40, projects=(project,))
            merge_request = double.open_merge_request(project, {".gitlab-ci.yml": FILE}, title=CANARY)
            double.settle()
            until(lambda: '"reviewed"' in service.log(), 40)
            thread = next(iter(double.threads(merge_request, by=double.bot)))
            double.comment(maintainer, merge_request, f"{CANARY}\n/sealcheck ignore a test account", thread)
            double.settle()
            until(lambda: '"job": "command' in service.log(), 40)
        finally:
            assert service.stop() == 0
    held = cells(database_url)
    assert any("secret-in-log" in cell for cell in held)  # the console's record is among them
    for token in (CANARY, *console.values(), double.BOT_TOKEN, SECRET):
        if token not in {"true", "an-application", "http://127.0.0.1:9"}:
            assert not [cell for cell in held if token in cell]
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("queue*"))
    assert CANARY.encode() not in on_disk
