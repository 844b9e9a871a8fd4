"""The records of reviews, in the queue's database: written by the worker, read through a person's own seat.

A page reads through a `View` alone, which contains only the projects that GitLab lets this person see. All times are
whole seconds since 1970. One text of each statement for both databases; tests/console/test_records.py runs on both.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from bot.console.audits import SCHEMA as AUDITS
from bot.console.databases import RecordsUnavailable, Transaction, on_postgres, on_sqlite
from bot.console.surveys import SCHEMA as SURVEYS
from bot.console.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.console.databases import Run
    from bot.console.record import Record, RecordedFinding

__all__ = ["Records", "RecordsUnavailable", "open_records"]

RUNNING, DONE, FAILED = "running", "done", "failed"
FIXED, MERGED, CLOSED = "fixed", "merged", "closed"
MAX_CHARS = 500
SCHEMA = f"""{AUDITS};
CREATE TABLE IF NOT EXISTS sealcheck_reviews (
    project_id BIGINT NOT NULL, iid BIGINT NOT NULL, project TEXT NOT NULL, head_sha TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL, began BIGINT NOT NULL, ended BIGINT NOT NULL,
    millis BIGINT NOT NULL, unread TEXT NOT NULL, trust TEXT NOT NULL, PRIMARY KEY (project_id, iid)
);
CREATE TABLE IF NOT EXISTS sealcheck_found (
    project_id BIGINT NOT NULL, iid BIGINT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL,
    severity BIGINT NOT NULL, path TEXT NOT NULL, line BIGINT NOT NULL, subject TEXT NOT NULL,
    first_seen BIGINT NOT NULL, gone BIGINT NOT NULL, how TEXT NOT NULL,
    ignored_by TEXT NOT NULL, ignored_why TEXT NOT NULL, ignored_until TEXT NOT NULL,
    PRIMARY KEY (project_id, iid, fingerprint)
);
CREATE INDEX IF NOT EXISTS sealcheck_found_counted ON sealcheck_found (
    project_id, gone, severity, first_seen, rule, how, ignored_by, iid, fingerprint, ignored_until
);
CREATE TABLE IF NOT EXISTS sealcheck_authors (
    project_id BIGINT NOT NULL, iid BIGINT NOT NULL, author TEXT NOT NULL, PRIMARY KEY (project_id, iid)
);
CREATE TABLE IF NOT EXISTS sealcheck_sessions (
    session TEXT PRIMARY KEY, person TEXT NOT NULL, until BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS sealcheck_seats (
    session TEXT NOT NULL, project_id BIGINT NOT NULL, PRIMARY KEY (session, project_id)
);
CREATE TABLE IF NOT EXISTS sealcheck_own (
    session TEXT NOT NULL, project TEXT NOT NULL, seen BIGINT NOT NULL, PRIMARY KEY (session, project)
)
"""
"""Tables of a version are only added to by the next: an older program beside it goes on working."""
BEGIN = """
INSERT INTO sealcheck_reviews VALUES (
    ?, ?, coalesce((SELECT project FROM sealcheck_reviews WHERE project_id = ? AND project <> '' LIMIT 1), ''), '',
    'running', '', ?, 0, 0, '[]', '[]'
)
ON CONFLICT (project_id, iid) DO UPDATE SET state = 'running', reason = '', began = excluded.began
"""
AUTHOR = """
INSERT INTO sealcheck_authors VALUES (?, ?, ?) ON CONFLICT (project_id, iid) DO UPDATE SET author = excluded.author
"""
FIND = """
INSERT INTO sealcheck_found VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?, ?)
ON CONFLICT (project_id, iid, fingerprint) DO UPDATE SET
    severity = excluded.severity, path = excluded.path, line = excluded.line, subject = excluded.subject,
    ignored_by = excluded.ignored_by, ignored_why = excluded.ignored_why, ignored_until = excluded.ignored_until,
    gone = 0, how = ''
"""


def open_records(database_url: str, sqlite_path: Path | None) -> Records:
    """The records in the database of the queue; the tables are made at the first use."""
    if sqlite_path is not None:
        return Records(on_sqlite(sqlite_path, f"{SCHEMA};{SURVEYS}"))
    return Records(on_postgres(database_url, f"{SCHEMA};{SURVEYS}"))


class Records:
    """Every method may raise RecordsUnavailable."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def began(self, project_id: int, iid: int, now: int) -> None:
        """A review runs."""
        with self._transaction() as run:
            run(BEGIN, project_id, iid, project_id, now)

    def failed(self, project_id: int, iid: int, reason: str, now: int) -> None:
        """The review failed; `reason` is scrubbed and one line."""
        with self._transaction() as run:
            run(
                "UPDATE sealcheck_reviews SET state = ?, reason = ?, ended = ? WHERE project_id = ? AND iid = ?",
                *(FAILED, reason[:MAX_CHARS], now, project_id, iid),
            )

    def done(self, project_id: int, iid: int, record: Record | None, millis: int, now: int) -> None:
        """The review came to its end; without a record there was nothing to review."""
        with self._transaction() as run:
            if record is None:
                where = "WHERE project_id = ? AND iid = ?"
                run(f"DELETE FROM sealcheck_reviews {where} AND head_sha = ''", project_id, iid)  # noqa: S608 - constants
                run(f"UPDATE sealcheck_reviews SET state = 'done' {where}", project_id, iid)  # noqa: S608 - constants
                return
            _keep(run, project_id, iid, record, (millis, now))

    def left(self, project_id: int, iid: int, how: str, now: int) -> None:
        """The merge request was merged or closed (`how`): nothing of it is open any more."""
        with self._transaction() as run:
            for fingerprint, _, _ in _open(run, project_id, iid):
                _leave(run, project_id, iid, fingerprint, how, now)
            run(
                "UPDATE sealcheck_reviews SET state = ? WHERE project_id = ? AND iid = ?",
                *(how, project_id, iid),
            )

    def standing(self, before: int, most: int) -> list[tuple[int, int]]:
        """Merge requests with open findings whose last look at them lies before that time, the oldest first."""
        with self._transaction() as run:
            rows = run(
                "SELECT project_id, iid FROM sealcheck_reviews WHERE ended < ? AND state IN ('done', 'failed') AND"
                " (project_id, iid) IN (SELECT project_id, iid FROM sealcheck_found WHERE gone = 0)"
                " ORDER BY ended LIMIT ?",
                *(before, most),
            )
        return [(project_id, iid) for project_id, iid in rows]

    def looked(self, project_id: int, iid: int, now: int) -> None:
        """The merge request is still open."""
        with self._transaction() as run:
            run(
                "UPDATE sealcheck_reviews SET ended = ? WHERE project_id = ? AND iid = ?",
                now,
                project_id,
                iid,
            )

    def forget(self, before: int, now: int) -> None:
        """Drops what ended before that time, and sessions that are over."""
        with self._transaction() as run:
            run("DELETE FROM sealcheck_found WHERE gone > 0 AND gone < ?", before)
            run(
                "DELETE FROM sealcheck_reviews WHERE began < ?"
                " AND (project_id, iid) NOT IN (SELECT project_id, iid FROM sealcheck_found)",
                before,
            )
            run(
                "DELETE FROM sealcheck_authors"
                " WHERE (project_id, iid) NOT IN (SELECT project_id, iid FROM sealcheck_reviews)"
            )
            run("DELETE FROM sealcheck_sessions WHERE until < ?", now)
            for table in ("sealcheck_seats", "sealcheck_own"):
                run(f"DELETE FROM {table} WHERE session NOT IN (SELECT session FROM sealcheck_sessions)")  # noqa: S608 - constants

    def projects(self) -> list[int]:
        """The ids of all projects that were reviewed."""
        with self._transaction() as run:
            return [each for (each,) in run("SELECT DISTINCT project_id FROM sealcheck_reviews ORDER BY 1")]

    def known(self) -> list[int]:
        """The ids of all projects that were reviewed or surveyed, or whose server was audited.

        What GitLab is asked about for a person.
        """
        with self._transaction() as run:
            rows = run(
                "SELECT project_id FROM sealcheck_reviews UNION SELECT project_id FROM sealcheck_survey"
                " UNION SELECT project_id FROM sealcheck_audits"
            )
        return sorted(each for (each,) in rows)

    def sit(
        self,
        session: str,
        person: str,
        projects: Iterable[int],
        until: int,
        own: Iterable[tuple[str, bool]] = (),
    ) -> None:
        """Let the session see these projects until then. `session` is a hash: its cookie is kept nowhere.

        `own` are the paths of the person's own projects, and whether anything there was ever reviewed.
        """
        with self._transaction() as run:
            run("INSERT INTO sealcheck_sessions VALUES (?, ?, ?)", session, person, until)
            for each in sorted(set(projects)):
                run("INSERT INTO sealcheck_seats VALUES (?, ?)", session, each)
            for path, seen in sorted(set(own)):
                run("INSERT INTO sealcheck_own VALUES (?, ?, ?)", session, path, int(seen))

    def leave(self, session: str) -> None:
        """The session is over."""
        with self._transaction() as run:
            for table in ("sealcheck_sessions", "sealcheck_seats", "sealcheck_own"):
                run(f"DELETE FROM {table} WHERE session = ?", session)  # noqa: S608 - constants

    @contextlib.contextmanager
    def view(self, session: str, now: int, group: str = "") -> Iterator[View | None]:
        """What this session may see (of one group), in one transaction; None where it is over or never was."""
        with self._transaction() as run:
            rows = run("SELECT person FROM sealcheck_sessions WHERE session = ? AND until > ?", session, now)
            yield View(run, session, str(rows[0][0]), now, group) if rows else None


def _keep(run: Run, project_id: int, iid: int, record: Record, when: tuple[int, int]) -> None:
    millis, now = when
    found = {each.fingerprint for each in record.found}
    for fingerprint, path, rule in _open(run, project_id, iid):
        if fingerprint not in found and path not in record.unchecked and rule not in record.failed_rules:
            _leave(run, project_id, iid, fingerprint, FIXED, now)
    for each in record.found:
        run(FIND, project_id, iid, *_row(each, now))
    run(BEGIN, project_id, iid, project_id, now - millis // 1000)
    if record.author:
        run(AUTHOR, project_id, iid, record.author)
    run(
        "UPDATE sealcheck_reviews SET state = 'done', project = ?, head_sha = ?, ended = ?, millis = ?, unread = ?,"
        " trust = ? WHERE project_id = ? AND iid = ?",
        *(record.project, record.head_sha, now, millis, json.dumps(record.unread), json.dumps(record.trust)),
        *(project_id, iid),
    )


def _row(found: RecordedFinding, now: int) -> tuple[object, ...]:
    ignoring = found.ignoring
    texts = (ignoring.by, ignoring.why[:MAX_CHARS], ignoring.until) if ignoring else ("", "", "")
    place = (found.path[:MAX_CHARS], found.line, found.subject[:MAX_CHARS])
    return (found.fingerprint, found.rule, found.rank, *place, now, *texts)


def _open(run: Run, project_id: int, iid: int) -> list[tuple[str, str, str]]:
    """Fingerprint, path and rule of what is open or ignored in a merge request."""
    rows = run(
        "SELECT fingerprint, path, rule, gone FROM sealcheck_found WHERE project_id = ? AND iid = ?",
        *(project_id, iid),
    )
    return [(fingerprint, path, rule) for fingerprint, path, rule, gone in rows if not gone]


def _leave(run: Run, project_id: int, iid: int, fingerprint: str, how: str, now: int) -> None:
    run(
        "UPDATE sealcheck_found SET gone = ?, how = ? WHERE project_id = ? AND iid = ? AND fingerprint = ?",
        *(now, how, project_id, iid, fingerprint),
    )
