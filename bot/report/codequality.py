"""GitLab's Code Quality report: the merge request widget that every tier has.

Source: docs.gitlab.com/ci/testing/code_quality, "Code Quality report format" (2026-11): description, check_name,
fingerprint, severity, location.path and location.lines.begin are required; a fingerprint counts once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.findings import Severity
from bot.report.masking import Mask

if TYPE_CHECKING:
    from bot.documents.location import Unreadable
    from bot.report.outcome import ScanOutcome

_SEVERITIES: Final = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render_codequality(outcome: ScanOutcome) -> str:
    """The open findings, and what could not be checked, as a JSON list; ignored ones are left out."""
    mask = Mask(outcome.findings, outcome.text)
    entries: list[dict[str, object]] = [
        {
            "type": "issue",
            "check_name": finding.rule,
            "description": mask(finding.message),
            "categories": ["Security"],
            "severity": _SEVERITIES[finding.severity],
            "fingerprint": finding.fingerprint,
            "location": {
                "path": finding.span.path,
                "lines": {"begin": finding.span.start_line, "end": finding.span.end_line},
            },
        }
        for finding in outcome.open
    ]
    entries += [_unread(unread, mask) for unread in outcome.errors]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _unread(unread: Unreadable, mask: Mask) -> dict[str, object]:
    """A file that could not be checked is reported in the widget too: its silence would read as "clean"."""
    import hashlib  # noqa: PLC0415 - only where something could not be checked

    name = f"{unread.path}\0{unread.reason}".encode(errors="surrogatepass")
    line = max(1, unread.line)
    return {
        "type": "issue",
        "check_name": "sealcheck-could-not-check",
        "description": mask(unread.reason),
        "categories": ["Bug Risk"],
        "severity": "major",
        "fingerprint": hashlib.sha256(name).hexdigest()[:32],
        "location": {"path": unread.path, "lines": {"begin": line, "end": line}},
    }
