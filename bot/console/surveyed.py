"""The pages of the survey. An answer is made of the projects alone that the person may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request

from bot.findings import Severity
from bot.survey.organisation import Organisation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.console.view import View

LONGEST_PATH = 500
MOST_ROWS = 200


def overview(view: View) -> dict[str, Any]:
    """Every surveyed project with what is there, and who can read the path that is asked for."""
    surveyed = view.surveyed()
    path = request.args.get("path", "").strip()[:LONGEST_PATH]
    rows = [
        (each.project_id, each.project, _counts(each.record), each.reason, each.surveyed) for each in surveyed
    ]
    rows.sort(key=lambda row: ([-count for count in row[2]], row[1]))
    totals = [sum(row[2][rank] for row in rows) for rank in range(len(Severity))]
    reading = Organisation(each.record for each in surveyed if each.record).who_can(path) if path else None
    return {
        "rows": rows[:MOST_ROWS],
        "more": max(0, len(rows) - MOST_ROWS),
        "totals": totals,
        "failed": [(row[1], row[3]) for row in rows if row[3]],
        "path": path,
        "reading": reading,
        "ids": {each.project: each.project_id for each in surveyed},
    }


def project(view: View, project_id: int) -> dict[str, Any]:
    """One project: what is there, and what its jobs can reach."""
    surveyed = view.surveyed()
    found = next((each for each in surveyed if each.project_id == project_id), None)
    if found is None:
        abort(404)
    shown: dict[str, Any] = {"path": found.project, "project_id": project_id, "reason": found.reason}
    shown |= {
        "surveyed": found.surveyed,
        "findings": [],
        "accesses": (),
        "undecided": (),
        "clouds": (),
        "unread": [],
    }
    if not found.record:
        return shown
    organisation = Organisation(each.record for each in surveyed if each.record)
    accesses, undecided = organisation.reach(found.project)
    standing = [each for each in found.record["findings"] if each["ignored"] is None]
    standing.sort(key=lambda each: (Severity(each["severity"]).rank, each["path"], each["line"]))
    return shown | {
        "findings": standing[:MOST_ROWS],
        "more": max(0, len(standing) - MOST_ROWS),
        "accesses": accesses,
        "undecided": undecided,
        "clouds": organisation.clouds_of(found.project),
        "unread": found.record["unread"],
        "ids": {each.project: each.project_id for each in surveyed},
    }


def _counts(record: Mapping[str, Any] | None) -> list[int]:
    """How many findings there are, by severity, the worst first."""
    found = record["findings"] if record else ()
    return [
        sum(each["severity"] == severity and each["ignored"] is None for each in found)
        for severity in Severity
    ]
