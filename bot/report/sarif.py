"""SARIF 2.1.0: for code scanning, editors and dashboards.

Source: docs.oasis-open.org/sarif/sarif/v2.1.0 (2026-11); `security-severity` and `precision` as GitHub's code
scanning reads them (docs.github.com, "SARIF support for code scanning", 2026-11).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from bot.findings import Severity
from bot.report.masking import Mask
from bot.rules import ALL_RULES, RULE_IDS

if TYPE_CHECKING:
    from bot.documents.location import Span, Unreadable
    from bot.findings import Finding
    from bot.fixes import Edit, Fix
    from bot.report.outcome import ScanOutcome
    from bot.rule import AnyRule

SCHEMA_URI: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT: Final = "sealcheck/v1"
_ROOT: Final = "SRCROOT"
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# The middles of the bands in which GitHub shows critical (over 9.0), high, medium and low (under 4.0).
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.1",
}
_END_OF_LINE: Final = 1 << 30


def render_sarif(outcome: ScanOutcome) -> str:
    """The outcome as one SARIF log with one run; ignored findings are there with their suppression."""
    mask = Mask(outcome.findings, outcome.text)
    used = {finding.rule for finding in outcome.findings}
    rules = [ALL_RULES[number] for number, rule_id in enumerate(RULE_IDS) if rule_id in used]
    index = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "sealcheck",
                "semanticVersion": outcome.version,
                "version": outcome.version,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not outcome.errors,
                "toolExecutionNotifications": [
                    *(_notification(unread, "error", mask) for unread in outcome.errors),
                    *(_notification(unread, "note", mask) for unread in outcome.notes),
                ],
            }
        ],
        "artifacts": [
            {"location": _artifact(file.path), "roles": ["analysisTarget"]} for file in outcome.files
        ],
        "results": [_result(finding, index.get(finding.rule, -1), mask) for finding in outcome.findings],
    }
    log = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: AnyRule) -> dict[str, object]:
    page = rule.page
    text = f"{page.what}\n\nWhy it matters\n\n{page.why}\n\nFix\n\n{page.fix}\n\nLimits\n\n{page.limits}"
    markdown = f"{page.what}\n\n## Why it matters\n\n{page.why}\n\n## Fix\n\n{page.fix}\n\n## Limits\n\n{page.limits}"
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": f"{page.title}."},
        "fullDescription": {"text": page.what},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", "secrets", "gitlab", "vault", rule.effect.value],
            "precision": rule.confidence.value,
            "security-severity": _SCORES[rule.severity],
        },
    }


def _result(finding: Finding, rule_index: int, mask: Mask) -> dict[str, object]:
    message = mask(finding.message) + (f" {mask(finding.attack)}" if finding.attack else "")
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [
            {
                "physicalLocation": _physical(finding.span),
                "logicalLocations": [{"fullyQualifiedName": finding.subject}],
            }
        ],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "effect": finding.effect.value,
            "security-severity": _SCORES[finding.severity],
        },
    }
    if rule_index >= 0:
        result["ruleIndex"] = rule_index
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(each.span), "message": {"text": mask(each.note)}}
            for number, each in enumerate(finding.related, 1)
        ]
    if finding.way:
        result["codeFlows"] = [_code_flow(finding, mask)]
    if finding.ignored is not None:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": mask.code(finding.ignored)}
        ]
    if finding.fix is not None and not any(mask.hides(edit.text) for edit in finding.fix.edits):
        result["fixes"] = [_fix(finding.fix)]
    return result


def _code_flow(finding: Finding, mask: Mask) -> dict[str, object]:
    """The way of a secret from its source to the place of the finding."""
    steps = [*((each.span, mask(each.note)) for each in finding.way), (finding.span, "here it comes out")]
    locations = [
        {"location": {"physicalLocation": _physical(span), "message": {"text": note}}} for span, note in steps
    ]
    return {"threadFlows": [{"locations": locations}]}


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path),
                "replacements": [_replacement(edit) for edit in fix.edits if edit.path == path],
            }
            for path in dict.fromkeys(edit.path for edit in fix.edits)
        ],
    }


def _physical(span: Span) -> dict[str, object]:
    region = {"startLine": span.start_line, "startColumn": span.start_column, "endLine": span.end_line}
    if span.end_column < _END_OF_LINE:
        region["endColumn"] = span.end_column
    return {"artifactLocation": _artifact(span.path), "region": region}


def _replacement(edit: Edit) -> dict[str, object]:
    """Whole lines: from the first column of the first to the first column behind the last."""
    deleted = {
        "startLine": edit.start_line,
        "startColumn": 1,
        "endLine": max(edit.end_line + 1, edit.start_line),
        "endColumn": 1,
    }
    return {"deletedRegion": deleted, "insertedContent": {"text": edit.text}}


def _notification(unread: Unreadable, level: str, mask: Mask) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": _artifact(unread.path)}
    if unread.line > 0:
        place["region"] = {"startLine": unread.line}
    return {
        "level": level,
        "message": {"text": mask(unread.reason)},
        "locations": [{"physicalLocation": place}],
    }


def _artifact(path: str) -> dict[str, object]:
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": _ROOT}
