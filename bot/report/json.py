"""The JSON of `sealcheck scan --format json`, schema 1: stable, extended only by adding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.report.masking import Mask

if TYPE_CHECKING:
    from bot.documents.location import Unreadable
    from bot.findings import Finding, Related
    from bot.fixes import Fix
    from bot.report.outcome import ScanOutcome
    from bot.vault.drift.comparison import Drift

SCHEMA = 1


def render_json(outcome: ScanOutcome) -> str:
    """The whole outcome as one JSON object and a newline."""
    mask = Mask(outcome.findings, outcome.text)
    document: dict[str, object] = {
        "schema": SCHEMA,
        "tool": {"name": "sealcheck", "version": outcome.version},
        "findings": [
            _finding(finding, mask, outcome.commands.get(finding.fingerprint)) for finding in outcome.findings
        ],
        "files": [file._asdict() for file in outcome.files],
        "errors": [_unread(unread, mask) for unread in outcome.errors],
        "notes": [_unread(unread, mask) for unread in outcome.notes],
    }
    if outcome.server:
        document["server"] = outcome.server
    if outcome.drift:
        document["drift"] = [_drift(drift) for drift in outcome.drift]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _drift(drift: Drift) -> dict[str, object]:
    return {
        "kind": drift.kind,
        "subject": drift.subject,
        "standing": drift.standing.value,
        "server": drift.server.path if drift.server else None,
        "code": {"path": drift.code.path, "line": drift.code.start_line} if drift.code else None,
        "differences": [
            {
                "part": list(each.part),
                "text": each.text,
                "accepts_more": each.accepts_more,
                "claims": each.claims,
            }
            for each in drift.differences
        ],
        "reason": drift.reason,
    }


def _finding(finding: Finding, mask: Mask, command: str | None = None) -> dict[str, object]:
    witness = finding.witness
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "effect": finding.effect.value,
        "path": finding.span.path,
        "line": finding.span.start_line,
        "end_line": finding.span.end_line,
        "column": finding.span.start_column,
        "subject": finding.subject,
        "message": mask(finding.message),
        "attack": mask(finding.attack),
        "fingerprint": finding.fingerprint,
        "ignored": None if finding.ignored is None else mask.code(finding.ignored),
        "witness": None
        if witness is None
        else {"kind": witness.kind, "accepts": dict(witness.accepts), "story": mask(witness.story)},
        "way": [_place(each, mask) for each in finding.way],
        "related": [_place(each, mask) for each in finding.related],
        "fix": _fix(finding.fix, mask, command),
    }


def _place(each: Related, mask: Mask) -> dict[str, object]:
    span = each.span
    return {
        "path": span.path,
        "line": span.start_line,
        "column": span.start_column,
        "note": mask(each.note),
    }


def _fix(fix: Fix | None, mask: Mask, command: str | None) -> dict[str, object] | None:
    """The fix, or None also where its lines contain a credential: a report never repeats one."""
    if fix is None or any(mask.hides(edit.text) for edit in fix.edits):
        return None
    return {
        "title": fix.title,
        "safe": fix.safe,
        "cost": fix.cost,
        "edits": [
            {
                "path": edit.path,
                "start_line": edit.start_line,
                "end_line": edit.end_line,
                "text": edit.text,
            }
            for edit in fix.edits
        ],
        **({"command": command} if command else {}),
    }


def _unread(unread: Unreadable, mask: Mask) -> dict[str, object]:
    return {"path": unread.path, "line": unread.line, "message": mask(unread.reason)}
