"""What audits of running servers found, in the queue's database: the last one of each server, and since when.

A server belongs to a project of GitLab, the one with its code: anyone who may read that project's code sees the
audit. All times are whole seconds since 1970.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.console.databases import Transaction, on_postgres, on_sqlite
from bot.lazy import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from bot.console.databases import Run

DRIFT: Final = "vault-drift"
"""The rule of what is not the same in the server and in the code."""
MAX_CHARS: Final = 500
MAX_MESSAGE: Final = 2000
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sealcheck_audits (
    server TEXT PRIMARY KEY, project_id BIGINT NOT NULL, project TEXT NOT NULL, ended BIGINT NOT NULL,
    entries BIGINT NOT NULL, compared BIGINT NOT NULL, unread TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sealcheck_audited (
    server TEXT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL, severity BIGINT NOT NULL,
    path TEXT NOT NULL, subject TEXT NOT NULL, message TEXT NOT NULL, ignored TEXT NOT NULL,
    first_seen BIGINT NOT NULL, gone BIGINT NOT NULL, PRIMARY KEY (server, fingerprint)
)
"""
KEEP: Final = """
INSERT INTO sealcheck_audits VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (server) DO UPDATE SET project_id = excluded.project_id, project = excluded.project, ended = excluded.ended,
    entries = excluded.entries, compared = excluded.compared, unread = excluded.unread
"""
FIND: Final = """
INSERT INTO sealcheck_audited VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
ON CONFLICT (server, fingerprint) DO UPDATE SET
    rule = excluded.rule, severity = excluded.severity, path = excluded.path, subject = excluded.subject,
    message = excluded.message, ignored = excluded.ignored, gone = 0
"""


@dataclass(frozen=True, slots=True)
class AuditedFinding:
    """A finding of an audit. `rank` is its severity's, `ignored` the reason where it is ignored, else ""."""

    fingerprint: str
    rule: str
    rank: int
    path: str
    subject: str
    message: str
    ignored: str = ""
    first_seen: int = 0


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One audit of one server. `unread` are path and reason of what could not be read."""

    server: str
    project_id: int
    project: str
    ended: int
    entries: int
    found: tuple[AuditedFinding, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    compared: int = 0
    """how many roles, policies, mounts and devices were compared with the code; 0: none, nothing is said of drift"""


def open_audits(database_url: str, sqlite_path: Path | None) -> Audits:
    """The audits in the database of the queue; the tables are made at the first use."""
    if sqlite_path is not None:
        return Audits(on_sqlite(sqlite_path, SCHEMA))
    return Audits(on_postgres(database_url, SCHEMA))


class Audits:
    """Every method may raise RecordsUnavailable."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def keep(self, audit: AuditRecord) -> None:
        """The audit is the server's last. What it does not find any more is gone, unless it could not look there."""
        with self._transaction() as run:
            unread = json.dumps(audit.unread)
            place = (audit.server, audit.project_id, audit.project)
            run(KEEP, *place, audit.ended, audit.entries, audit.compared, unread)
            found = {each.fingerprint for each in audit.found}
            for fingerprint, rule, path in run(
                "SELECT fingerprint, rule, path FROM sealcheck_audited WHERE server = ? AND gone = 0",
                audit.server,
            ):
                looked = audit.compared if rule == DRIFT else not _is_unread(path, audit)
                if fingerprint not in found and looked:
                    run(
                        "UPDATE sealcheck_audited SET gone = ? WHERE server = ? AND fingerprint = ?",
                        *(audit.ended, audit.server, fingerprint),
                    )
            for each in audit.found:
                texts = (each.path[:MAX_CHARS], each.subject[:MAX_CHARS], each.message[:MAX_MESSAGE])
                kept = (each.rank, *texts, each.ignored[:MAX_CHARS], audit.ended)
                run(FIND, audit.server, each.fingerprint, each.rule, *kept)

    def gauges(self) -> dict[str, tuple[str, float]]:
        """Name -> (meaning, value) of what the metrics show; nothing before the first audit."""
        with self._transaction() as run:
            (servers, oldest) = run("SELECT count(*), min(ended) FROM sealcheck_audits")[0]
            if not servers:
                return {}
            open_ = "SELECT count(*) FROM sealcheck_audited WHERE gone = 0 AND ignored = ''"
            ((every,),) = run(open_)
            ((drifted,),) = run(f"{open_} AND rule = ?", DRIFT)
            unread = sum(len(json.loads(text)) for (text,) in run("SELECT unread FROM sealcheck_audits"))
        return {
            "sealcheck_audit_findings": (
                "Open findings of the last audits of running servers.",
                float(every),
            ),
            "sealcheck_audit_drift": ("Those of them that are no longer what the code says.", float(drifted)),
            "sealcheck_audit_unread": ("Parts that the last audits could not read.", float(unread)),
            "sealcheck_audit_timestamp_seconds": (
                "When the server whose last audit is the oldest was audited.",
                float(oldest),
            ),
        }


def _is_unread(path: str, audit: AuditRecord) -> bool:
    """Whether the audit could not read the entry at `path`, or the list that it is from."""
    return any(path == unread or path.startswith(f"{unread}/") for unread, _ in audit.unread)


def seen_by(run: Run, session: str) -> list[AuditRecord]:
    """Return the last audit of each server that the session may see, with what is open, the worst first."""
    rows = run(
        "SELECT a.server, a.project_id, a.project, a.ended, a.entries, a.compared, a.unread FROM sealcheck_audits AS a"
        " JOIN sealcheck_seats AS s ON s.project_id = a.project_id WHERE s.session = ? ORDER BY a.server",
        session,
    )
    return [
        AuditRecord(
            server,
            project_id,
            project,
            ended,
            entries,
            tuple(AuditedFinding(*each) for each in _open(run, server)),
            tuple((str(path), str(reason)) for path, reason in json.loads(unread)),
            compared,
        )
        for server, project_id, project, ended, entries, compared, unread in rows
    ]


def _open(run: Run, server: str) -> list[tuple[str, str, int, str, str, str, str, int]]:
    return run(
        "SELECT fingerprint, rule, severity, path, subject, message, ignored, first_seen FROM sealcheck_audited"
        " WHERE server = ? AND gone = 0 ORDER BY severity, first_seen, path, rule",
        server,
    )
