"""What surveys found, in the queue's database: one row for each project, written as soon as it is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.console.databases import Transaction, on_postgres, on_sqlite
from bot.survey.ports import KnownProject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.survey.ports import Listed, Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS sealcheck_survey_runs (
    run BIGINT PRIMARY KEY, scope TEXT NOT NULL, began BIGINT NOT NULL, ended BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS sealcheck_survey (
    project_id BIGINT PRIMARY KEY, project TEXT NOT NULL, run BIGINT NOT NULL, sha TEXT NOT NULL,
    activity TEXT NOT NULL, surveyed BIGINT NOT NULL, version TEXT NOT NULL, reason TEXT NOT NULL,
    attempts BIGINT NOT NULL, record TEXT NOT NULL
)
"""
KEEP = """
INSERT INTO sealcheck_survey VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, ?)
ON CONFLICT (project_id) DO UPDATE SET project = excluded.project, run = excluded.run, sha = excluded.sha,
    activity = excluded.activity, surveyed = excluded.surveyed, version = excluded.version, reason = '', attempts = 0,
    record = excluded.record
"""
BEGIN = """
INSERT INTO sealcheck_survey VALUES (?, ?, 0, '', '', 0, '', 'not read yet', 1, '')
ON CONFLICT (project_id) DO UPDATE SET attempts = sealcheck_survey.attempts + 1
"""
FAIL = """
INSERT INTO sealcheck_survey VALUES (?, ?, ?, '', '', ?, '', ?, 0, '')
ON CONFLICT (project_id) DO UPDATE SET run = excluded.run, reason = excluded.reason, attempts = 0
"""
MAX_CHARS = 500


def open_surveys(database_url: str, sqlite_path: Path | None, scrub: Callable[[str], str] = str) -> Surveys:
    """The surveys in the database of the queue; the tables are made at the first use. `scrub` goes over every text."""
    if sqlite_path is not None:
        return Surveys(on_sqlite(sqlite_path, SCHEMA), scrub)
    return Surveys(on_postgres(database_url, SCHEMA), scrub)


class Surveys:
    """The port `bot.survey.ports.Store`, and what the questions read. Every method may raise RecordsUnavailable."""

    def __init__(self, transaction: Transaction, scrub: Callable[[str], str] = str) -> None:
        self._transaction = transaction
        self._scrub = scrub

    def resume(self, scope: str, now: int) -> int:
        """The number of the run of this scope that has not ended, else of a new one."""
        with self._transaction() as run:
            rows = run("SELECT run FROM sealcheck_survey_runs WHERE scope = ? AND ended = 0", scope)
            if rows:
                return int(rows[0][0])
            (last,) = run("SELECT coalesce(max(run), 0) FROM sealcheck_survey_runs")[0]
            run("INSERT INTO sealcheck_survey_runs VALUES (?, ?, ?, 0)", last + 1, scope, now)
            return int(last) + 1

    def done(self, run: int) -> frozenset[int]:
        """The projects that this run has dealt with."""
        with self._transaction() as ask:
            return frozenset(
                each for (each,) in ask("SELECT project_id FROM sealcheck_survey WHERE run = ?", run)
            )

    def known(self, project_id: int) -> KnownProject | None:
        """What is held of a project."""
        with self._transaction() as ask:
            rows = ask(
                "SELECT sha, activity, surveyed, version, reason, attempts FROM sealcheck_survey WHERE project_id = ?",
                project_id,
            )
        return KnownProject(*rows[0]) if rows else None

    def begin(self, run: int, listed: Listed) -> None:  # noqa: ARG002 - the row says by its attempts that it is not done
        """The project is about to be read."""
        with self._transaction() as ask:
            ask(BEGIN, listed.id, listed.project.path)

    def confirm(self, run: int, listed: Listed, now: int) -> None:
        """Nothing has changed there."""
        with self._transaction() as ask:
            ask(
                "UPDATE sealcheck_survey SET run = ?, project = ?, activity = ?, surveyed = ?, attempts = 0"
                " WHERE project_id = ?",
                *(run, listed.project.path, listed.activity, now, listed.id),
            )

    def keep(self, run: int, listed: Listed, sha: str, record: Record, now: int) -> None:
        """What was found there."""
        text = self._scrub(json.dumps(record, separators=(",", ":"), sort_keys=True))
        with self._transaction() as ask:
            ask(KEEP, listed.id, listed.project.path, run, sha, listed.activity, now, record["version"], text)

    def fail(self, run: int, listed: Listed, reason: str, now: int) -> None:
        """It could not be surveyed; what was found there before is kept."""
        with self._transaction() as ask:
            ask(FAIL, listed.id, listed.project.path, run, now, self._scrub(reason)[:MAX_CHARS])

    def finish(self, run: int, now: int) -> int:
        """The run has dealt with every project; those of its scope that are no longer listed are forgotten."""
        with self._transaction() as ask:
            (scope,) = ask("SELECT scope FROM sealcheck_survey_runs WHERE run = ?", run)[0]
            gone = [
                number
                for number, path in ask(
                    "SELECT project_id, project FROM sealcheck_survey WHERE run <> ?", run
                )
                if not scope or path.startswith(f"{scope}/")
            ]
            for number in gone:
                ask("DELETE FROM sealcheck_survey WHERE project_id = ?", number)
            ask("UPDATE sealcheck_survey_runs SET ended = ? WHERE run = ?", now, run)
        return len(gone)

    def records(self) -> Iterator[Record]:
        """What is known of every project, by path."""
        with self._transaction() as ask:
            rows = ask("SELECT record FROM sealcheck_survey WHERE record <> '' ORDER BY project")
        return (json.loads(text) for (text,) in rows)

    def failures(self) -> list[tuple[str, str]]:
        """Path and reason of the projects that could not be surveyed, or were not yet."""
        with self._transaction() as ask:
            return [
                (str(path), str(reason))
                for path, reason in ask(
                    "SELECT project, reason FROM sealcheck_survey WHERE reason <> '' ORDER BY project"
                )
            ]

    def last(self) -> int | None:
        """When the last run ended, in seconds since 1970; None where none has."""
        with self._transaction() as ask:
            (ended,) = ask("SELECT max(ended) FROM sealcheck_survey_runs WHERE ended > 0")[0]
        return int(ended) if ended else None
