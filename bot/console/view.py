"""What one person may see: every statement here reads `found` and `reviews`, which hold only this person's projects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.console.databases import Run

DAY = 86400
AGES = ((1, "today"), (7, "this week"), (30, "this month"), (0, "older"))
"""Columns of the table of ages: younger than so many days."""
PAGE = 50
MINE = """
WITH reviews AS (
    SELECT r.* FROM sealcheck_reviews AS r JOIN sealcheck_seats AS s ON s.project_id = r.project_id WHERE s.session = ?
), found AS (
    SELECT f.* FROM sealcheck_found AS f JOIN sealcheck_seats AS s ON s.project_id = f.project_id WHERE s.session = ?
)
"""
"""What every statement begins with: the two tables, without what this person may not see."""
OPEN = "gone = 0 AND ignored_by = ''"
SHOWN = (
    "f.project_id, r.project, f.iid, r.head_sha, rule, severity, path, line, subject, first_seen,"
    " gone, how, ignored_by, ignored_why, ignored_until"
)
IN = "JOIN reviews AS r ON r.project_id = f.project_id AND r.iid = f.iid"
"""Which merge request each finding is in: asked for the few that are shown, after they were chosen."""
REVIEW = "project_id, project, iid, head_sha, state, reason, began, ended, millis, unread"
STATES = {
    "open": OPEN,
    "ignored": "gone = 0 AND ignored_by <> ''",
    "merged": "how = 'merged' AND ignored_by = ''",
    "fixed": "how = 'fixed'",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A finding as it is shown."""

    project_id: int
    project: str
    iid: int
    head_sha: str
    rule: str
    rank: int
    path: str
    line: int
    subject: str
    first_seen: int
    gone: int
    how: str
    ignored_by: str
    ignored_why: str
    ignored_until: str

    @property
    def severity(self) -> Severity:
        """Its severity."""
        return list(Severity)[self.rank]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which findings to show. Empty texts and None do not narrow; `page` counts from 1."""

    state: str = "open"
    severity: Severity | None = None
    rule: str = ""
    project_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Review:
    """A review as it is shown. `began` and `ended` are seconds since 1970."""

    project_id: int
    project: str
    iid: int
    head_sha: str
    state: str
    reason: str
    began: int
    ended: int
    millis: int
    unread: str

    @property
    def not_read(self) -> list[tuple[str, int, str]]:
        """What could not be checked: path, line (0: the whole file), reason."""
        return [(str(path), int(line), str(reason)) for path, line, reason in json.loads(self.unread)]


@dataclass(frozen=True)
class View:
    """What a session sees now, in one transaction."""

    run: Run
    session: str
    person: str
    now: int

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return self.run(f"{MINE}{statement}", self.session, self.session, *values)

    @cached_property
    def ages(self) -> list[list[int]]:
        """How many are open: a row per severity, worst first, a column per age of AGES."""
        since = [self.now - days * DAY for days, _ in AGES[:-1]]
        cells = ", ".join("count(CASE WHEN first_seen > ? THEN 1 END)" for _ in since)
        rows = self._rows(
            f"SELECT severity, {cells}, count(*) FROM found WHERE {OPEN} GROUP BY 1",
            *since,
        )
        table = [[0] * len(AGES) for _ in Severity]
        for rank, *upto, total in rows:
            grown = [*upto, total]
            table[rank] = [many - less for many, less in zip(grown, [0, *grown], strict=False)]
        return table

    def trend(self, days: int) -> list[list[int]]:
        """Open findings at the end of each of the last days, the oldest first: a list per severity, worst first."""
        first_day = self.now // DAY - days + 1
        change = [[0] * (days + 1) for _ in Severity]
        for time, sign, where in (("first_seen", 1, "(gone = 0 OR gone >= ?)"), ("gone", -1, "gone >= ?")):
            for rank, day, many in self._rows(
                f"SELECT severity, {time} / 86400, count(*) FROM found WHERE ignored_by = '' AND {where} GROUP BY 1, 2",
                first_day * DAY,
            ):
                change[rank][min(days, max(0, day - first_day))] += sign * many
        return [[sum(each[: day + 1]) for day in range(days)] for each in change]

    def rules(self, most: int) -> list[tuple[str, int, int, int, int, int]]:
        """Rule, its worst severity, open, ignored, fixed (all that is kept), projects: the noisiest first."""
        return [
            tuple(row)
            for row in self._rows(
                f"SELECT rule, min(severity), count(CASE WHEN {OPEN} THEN 1 END) AS open,"
                " count(CASE WHEN ignored_by <> '' THEN 1 END), count(CASE WHEN how = 'fixed' THEN 1 END),"
                f" count(DISTINCT project_id) FROM found"
                " GROUP BY rule ORDER BY open DESC, rule LIMIT ?",
                most,
            )
        ]

    def projects(self, most: int) -> list[tuple[int, str, list[int]]]:
        """Id, path and open findings by severity of the projects with open ones, the worst first."""
        counts = ", ".join(f"count(CASE WHEN severity = {each.rank} THEN 1 END)" for each in Severity)
        order = ", ".join(f"{each.rank + 3} DESC" for each in Severity)
        rows = self._rows(
            "SELECT project_id, (SELECT max(project) FROM reviews AS r WHERE r.project_id = found.project_id),"
            f" {counts} FROM found WHERE {OPEN} GROUP BY project_id ORDER BY {order}, 2 LIMIT ?",
            most,
        )
        return [(project_id, path, [*ranks]) for project_id, path, *ranks in rows]

    def expiring(self, until: str, most: int) -> list[Line]:
        """Ignores that end by that ISO date, the next first; those that ended already are open again."""
        rows = self._rows(
            f"SELECT {SHOWN} FROM found AS f {IN} WHERE gone = 0 AND ignored_until <> '' AND ignored_until <= ?"
            " ORDER BY ignored_until, rule LIMIT ?",
            until,
            most,
        )
        return [Line(*row) for row in rows]

    def reviews(self, state: str, most: int) -> list[Review]:
        """Reviews in that state, the newest first."""
        rows = self._rows(
            f"SELECT {REVIEW} FROM reviews WHERE state = ? ORDER BY began DESC LIMIT ?",
            state,
            most,
        )
        return [Review(*row) for row in rows]

    def of_project(self, project_id: int) -> list[Review]:
        """The reviews of a project, the newest first; empty where there are none, or none for this person."""
        rows = self._rows(
            f"SELECT {REVIEW} FROM reviews WHERE project_id = ? ORDER BY began DESC LIMIT 200",
            project_id,
        )
        return [Review(*row) for row in rows]

    def trust(self, project_id: int) -> tuple[int, str, list[Any]] | None:
        """Merge request, head and arrows of the newest trust map of the project."""
        rows = self._rows(
            "SELECT iid, head_sha, trust FROM reviews WHERE project_id = ?"
            " AND trust <> '[]' ORDER BY ended DESC LIMIT 1",
            project_id,
        )
        return (rows[0][0], rows[0][1], json.loads(rows[0][2])) if rows else None

    def totals(self) -> tuple[int, int]:
        """Projects and merge requests with a record."""
        ((projects, reviews),) = self._rows("SELECT count(DISTINCT project_id), count(*) FROM reviews")
        return projects, reviews

    def found(self, wanted: Filter) -> tuple[int, Sequence[Line]]:
        """How many findings that filter lets through, and one page of them: worst and oldest first."""
        narrow, values = [STATES[wanted.state]], list[object]()
        for column, value in (
            ("severity", None if wanted.severity is None else wanted.severity.rank),
            ("rule", wanted.rule or None),
            ("project_id", wanted.project_id),
        ):
            if value is not None:
                narrow.append(f"{column} = ?")
                values.append(value)
        where = " AND ".join(narrow)
        ((total,),) = self._rows(f"SELECT count(*) FROM found WHERE {where}", *values)
        keys = "project_id, iid, fingerprint"
        chosen = (
            f"SELECT {keys} FROM found WHERE {where} ORDER BY severity, first_seen, {keys} LIMIT ? OFFSET ?"
        )
        rows = self._rows(
            f"SELECT {SHOWN} FROM ({chosen}) AS chosen JOIN sealcheck_found AS f USING ({keys}) {IN}"
            " ORDER BY severity, first_seen, f.project_id, f.iid, path, line, rule",
            *(*values, PAGE, (wanted.page - 1) * PAGE),
        )
        return total, [Line(*row) for row in rows]
