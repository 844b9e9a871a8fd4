"""What one person may see: all statements read `found` and `reviews`, which contain only this person's projects."""

from __future__ import annotations

import json
import re
import statistics
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.console.audits import AuditRecord, seen_by
from bot.findings import Severity
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.console.databases import Run

DAY = 86400
AGES = ((1, "today"), (7, "this week"), (30, "this month"), (0, "older"))
"""Columns of the table of ages: younger than so many days."""
PAGE = 50
MINE = """
WITH reviews AS (
    SELECT r.* FROM sealcheck_reviews AS r JOIN sealcheck_seats AS s ON s.project_id = r.project_id
    WHERE s.session = ? AND substr(r.project, 1, ?) = ?
), found AS (
    SELECT f.* FROM sealcheck_found AS f JOIN sealcheck_seats AS s ON s.project_id = f.project_id
    WHERE s.session = ? AND f.project_id IN (SELECT project_id FROM reviews)
)
"""
"""What every statement begins with: the two tables, without what this person may not see or has filtered out."""
OPEN = "gone = 0 AND ignored_by = ''"
JOINED = "JOIN sealcheck_reviews USING (project_id, iid) LEFT JOIN sealcheck_authors USING (project_id, iid)"
"""Which merge request each finding of `found` is in, and whose: "" where it was last reviewed before 0.2.0."""
SHOWN = (
    "project_id, project, iid, head_sha, rule, severity, path, line, subject, first_seen, gone, how,"
    " ignored_by, ignored_why, ignored_until, coalesce(author, '')"
)
REVIEW = "project_id, project, iid, head_sha, state, reason, began, ended, millis, unread"
STATES = {
    "open": OPEN,
    "overdue": f"{OPEN} AND (%s)",
    "ignored": "gone = 0 AND ignored_by <> ''",
    "merged": "how = 'merged' AND ignored_by = ''",
    "fixed": "how = 'fixed'",
}
DUE_DAYS = {Severity.CRITICAL: 7, Severity.HIGH: 30, Severity.MEDIUM: 90}
"""Open for longer is overdue. A lower severity is never."""
FIXES_DAYS = 90
"""How far back the time that fixes take is counted."""
SORTS = {
    "severity": "severity, first_seen",
    "oldest": "first_seen, severity",
    "newest": "first_seen DESC, severity",
    "rule": "rule, severity, first_seen",
    "project": "project, severity, first_seen",
    "author": "author, severity, first_seen",
}
MOST_EXPORTED = 20_000


@dataclass(frozen=True, slots=True)
class ShownFinding:
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
    author: str

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
    author: str = ""
    text: str = ""
    sort: str = "severity"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Week:
    """What moved in the last seven days: `before` and `now` are how many were and are open."""

    before: int
    now: int
    new: int
    fixed: int
    merged: int


@dataclass(frozen=True, slots=True)
class SurveyedProject:
    """A project of the survey. `record` is None where nothing is known of it; `reason` is why the last run failed."""

    project_id: int
    project: str
    reason: str
    surveyed: int
    record: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class FixPace:
    """How fast findings of one severity are fixed; `median_days` is None where none was, `due_days` 0 for no limit."""

    severity: Severity
    fixed: int
    median_days: float | None
    due_days: int
    overdue: int


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
    group: str = ""
    """The path of the one group that is shown, "" for all"""

    def _rows(self, statement: str, *values: object) -> list[Any]:
        within = f"{self.group}/" if self.group else ""
        return self.run(f"{MINE}{statement}", self.session, len(within), within, self.session, *values)

    def groups(self) -> list[str]:
        """Every group with a project that this person may see, and their subgroups, in order."""
        paths = self.run(
            "SELECT project FROM sealcheck_reviews AS r JOIN sealcheck_seats AS s ON s.project_id = r.project_id"
            " WHERE s.session = ? UNION SELECT project FROM sealcheck_survey AS v JOIN sealcheck_seats AS s"
            " ON s.project_id = v.project_id WHERE s.session = ?",
            *(self.session, self.session),
        )
        parts = [path.split("/")[:-1] for (path,) in paths]
        return sorted({"/".join(each[:depth]) for each in parts for depth in range(1, len(each) + 1)})

    def surveyed(self) -> list[SurveyedProject]:
        """The surveyed projects that this person may see, by path."""
        within = f"{self.group}/" if self.group else ""
        rows = self.run(
            "SELECT v.project_id, v.project, v.reason, v.surveyed, v.record FROM sealcheck_survey AS v"
            " JOIN sealcheck_seats AS s ON s.project_id = v.project_id"
            " WHERE s.session = ? AND substr(v.project, 1, ?) = ? ORDER BY v.project",
            *(self.session, len(within), within),
        )
        return [
            SurveyedProject(project_id, project, reason, surveyed, json.loads(record) if record else None)
            for project_id, project, reason, surveyed, record in rows
        ]

    def audits(self) -> list[AuditRecord]:
        """The last audit of each running server whose code this person may read."""
        return seen_by(self.run, self.session)

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

    def week(self) -> Week:
        """What moved in the last seven days. What is ignored counts nowhere."""
        since = self.now - 7 * DAY
        ((before, now, new, fixed, merged),) = self._rows(
            "SELECT count(CASE WHEN first_seen < ? AND (gone = 0 OR gone >= ?) THEN 1 END),"
            " count(CASE WHEN gone = 0 THEN 1 END), count(CASE WHEN first_seen >= ? THEN 1 END),"
            " count(CASE WHEN how = 'fixed' AND gone >= ? THEN 1 END),"
            " count(CASE WHEN how = 'merged' AND gone >= ? THEN 1 END) FROM found WHERE ignored_by = ''",
            *([since] * 5),
        )
        return Week(before, now, new, fixed, merged)

    def paces(self) -> list[FixPace]:
        """How long fixes took lately and what is overdue, a line for each severity, worst first."""
        seconds: dict[int, list[int]] = {}
        for rank, took in self._rows(
            "SELECT severity, gone - first_seen FROM found WHERE how = 'fixed' AND gone >= ?",
            self.now - FIXES_DAYS * DAY,
        ):
            seconds.setdefault(rank, []).append(took)
        late = dict(
            self._rows(f"SELECT severity, count(*) FROM found WHERE {self._where('overdue')} GROUP BY 1")
        )
        return [
            FixPace(
                severity,
                len(took := seconds.get(severity.rank, [])),
                statistics.median(took) / DAY if took else None,
                DUE_DAYS.get(severity, 0),
                late.get(severity.rank, 0),
            )
            for severity in Severity
        ]

    def _where(self, state: str) -> str:
        late = " OR ".join(
            f"severity = {severity.rank} AND first_seen < {self.now - days * DAY}"
            for severity, days in DUE_DAYS.items()
        )
        return STATES[state].replace("%s", late)

    def authors(self, most: int) -> list[tuple[str, int, int]]:
        """User name, open and overdue findings of those whose merge requests have open ones, the most first."""
        return [
            tuple(row)
            for row in self._rows(
                f"SELECT author, count(*), count(CASE WHEN {self._where('overdue')} THEN 1 END)"
                " FROM found JOIN sealcheck_authors USING (project_id, iid)"
                f" WHERE {OPEN} GROUP BY author ORDER BY 2 DESC, 1 LIMIT ?",
                most,
            )
        ]

    def unwatched(self) -> tuple[int, list[str]]:
        """How many projects this person is a member of, and the paths of those that were never reviewed."""
        rows = self.run("SELECT project, seen FROM sealcheck_own WHERE session = ? ORDER BY 1", self.session)
        within = f"{self.group}/" if self.group else ""
        own = [(path, seen) for path, seen in rows if path.startswith(within)]
        return len(own), [path for path, seen in own if not seen]

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

    def expiring(self, until: str, most: int) -> list[ShownFinding]:
        """Ignores that end by that ISO date, the next first; those that ended already are open again."""
        rows = self._rows(
            f"SELECT {SHOWN} FROM found {JOINED} WHERE gone = 0 AND ignored_until <> '' AND ignored_until <= ?"
            " ORDER BY ignored_until, rule LIMIT ?",
            until,
            most,
        )
        return [ShownFinding(*row) for row in rows]

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

    def found(self, wanted: Filter) -> tuple[int, Sequence[ShownFinding]]:
        """How many findings that filter lets through, and one page of them."""
        where, values = self._narrowed(wanted)
        ((total,),) = self._rows(f"SELECT count(*) FROM found {JOINED} WHERE {where}", *values)
        return total, self._lines(wanted, PAGE, (wanted.page - 1) * PAGE)

    def every(self, wanted: Filter) -> Sequence[ShownFinding]:
        """All findings that the filter lets through, at most MOST_EXPORTED; its page does not count."""
        return self._lines(wanted, MOST_EXPORTED, 0)

    def _narrowed(self, wanted: Filter) -> tuple[str, list[object]]:
        narrow, values = [self._where(wanted.state)], list[object]()
        for column, value in (
            ("severity", None if wanted.severity is None else wanted.severity.rank),
            ("rule", wanted.rule or None),
            ("project_id", wanted.project_id),
            ("author", wanted.author or None),
        ):
            if value is not None:
                narrow.append(f"{column} = ?")
                values.append(value)
        for word in wanted.text.lower().split():
            columns = ("rule", "path", "subject", "project", "coalesce(author, '')")
            narrow.append("(" + " OR ".join(f"lower({each}) LIKE ? ESCAPE '!'" for each in columns) + ")")
            pattern = re.sub("([!%_])", r"!\1", word)
            values += [f"%{pattern}%"] * len(columns)
        return " AND ".join(narrow), values

    def _lines(self, wanted: Filter, most: int, skipped: int) -> list[ShownFinding]:
        where, values = self._narrowed(wanted)
        order = SORTS[wanted.sort]
        rows = self._rows(
            f"SELECT {SHOWN} FROM found {JOINED} WHERE {where}"
            f" ORDER BY {order}, project_id, iid, path, line, rule LIMIT ? OFFSET ?",
            *(*values, most, skipped),
        )
        return [ShownFinding(*row) for row in rows]
