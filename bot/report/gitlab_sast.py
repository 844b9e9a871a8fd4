"""GitLab's SAST report, schema 15: the security dashboard and widget of GitLab Ultimate.

Source: docs.gitlab.com/development/integrations/secure and the schemas' repository,
gitlab-org/security-products/security-report-schemas, v15.1.4 (2026-11). GitLab refuses a report that breaks the
schema of the version it names.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Final

from bot.findings import Severity
from bot.report.masking import Mask
from bot.rules import ALL_RULES, RULE_IDS

if TYPE_CHECKING:
    from bot.documents.location import Unreadable
    from bot.findings import Finding
    from bot.report.outcome import ScanOutcome
    from bot.rule import AnyRule

VERSION: Final = "15.1.4"
SCHEMA_URI: Final = (
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/"
    f"v{VERSION}/dist/sast-report-format.json"
)
_SEVERITIES: Final = {
    Severity.CRITICAL: "Critical",
    Severity.HIGH: "High",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.INFO: "Info",
}
_NAMESPACE: Final = uuid.UUID("8f2a3a0e-6c56-4d1a-9b1e-5d0d2f3c7e41")
"""Ids must be UUIDs: each is made of a finding's fingerprint, so that it stays the same."""


def render_gitlab_sast(outcome: ScanOutcome) -> str:
    """The open findings as a SAST report; what could not be checked is among the scan's messages."""
    mask = Mask(outcome.findings, outcome.text)
    vulnerabilities = [_vulnerability(finding, ALL_RULES.get(finding.rule), mask) for finding in outcome.open]
    tool = {
        "id": "sealcheck",
        "name": "Sealcheck",
        "version": outcome.version or "0",
        "vendor": {"name": "Sealcheck"},
    }
    report = {
        "version": VERSION,
        "schema": SCHEMA_URI,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "sast",
            "start_time": outcome.started,
            "end_time": outcome.ended,
            # Also where a file could not be read: of a failed scan, GitLab would doubt the findings too.
            "status": "success",
            "messages": [_message(unread, "warn", mask) for unread in outcome.errors]
            + [_message(unread, "info", mask) for unread in outcome.notes],
            "primary_identifiers": [
                _identifier(rule) for rule in RULE_IDS if rule in {each.rule for each in outcome.open}
            ],
        },
        "vulnerabilities": vulnerabilities,
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _vulnerability(finding: Finding, rule: AnyRule | None, mask: Mask) -> dict[str, object]:
    return {
        "id": str(uuid.uuid5(_NAMESPACE, finding.fingerprint)),
        "category": "sast",
        "name": rule.page.title if rule is not None else finding.rule,
        "description": " ".join(part for part in (mask(finding.message), mask(finding.attack)) if part),
        "severity": _SEVERITIES[finding.severity],
        "solution": rule.page.fix if rule is not None else "",
        "scanner": {"id": "sealcheck", "name": "Sealcheck"},
        "identifiers": [_identifier(finding.rule)],
        "location": {
            "file": finding.span.path,
            "start_line": finding.span.start_line,
            "end_line": finding.span.end_line,
        },
        "tracking": {
            "type": "source",
            "items": [
                {
                    "file": finding.span.path,
                    "line_start": finding.span.start_line,
                    "line_end": finding.span.end_line,
                    "signatures": [{"algorithm": "sealcheck_fingerprint", "value": finding.fingerprint}],
                }
            ],
        },
    }


def _identifier(rule: str) -> dict[str, str]:
    return {"type": "sealcheck_rule", "name": rule, "value": rule}


def _message(unread: Unreadable, level: str, mask: Mask) -> dict[str, str]:
    place = f"{unread.path}:{unread.line}" if unread.line else unread.path
    return {"level": level, "value": f"{place}: {mask(unread.reason)}"}
