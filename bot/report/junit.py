"""JUnit XML: for the test tab of a pipeline, and for whatever reads test results.

Source: docs.gitlab.com/ci/testing/unit_test_reports (2026-11); the format is Ant's: one suite for each file, one
case for each finding.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from bot.lazy import regex
from bot.report.masking import Mask

if TYPE_CHECKING:
    from bot.documents.location import Unreadable
    from bot.findings import Finding
    from bot.report.outcome import ScanOutcome

_FORBIDDEN: Final = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(outcome: ScanOutcome) -> str:
    """The outcome as test suites: an open finding is a failure, an ignored one is skipped, a clean file passes."""
    mask = Mask(outcome.findings, outcome.text)
    findings: dict[str, list[Finding]] = defaultdict(list)
    errors: dict[str, list[Unreadable]] = defaultdict(list)
    for finding in outcome.findings:
        findings[finding.span.path].append(finding)
    for unread in outcome.errors:
        errors[unread.path].append(unread)
    paths = dict.fromkeys([*(file.path for file in outcome.files), *findings, *errors])
    suites = [_suite(path, findings[path], errors[path], mask) for path in paths]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="sealcheck" failures="{len(outcome.open)}" errors="{len(outcome.errors)}">',
            *suites,
            "</testsuites>",
            "",
        ]
    )


def _suite(path: str, findings: list[Finding], errors: list[Unreadable], mask: Mask) -> str:
    cases = [*(_case(finding, mask) for finding in findings), *(_error(unread, mask) for unread in errors)]
    if not cases:
        cases = [f'    <testcase classname={_attribute(path)} name="nothing found"/>']
    failed = sum(finding.ignored is None for finding in findings)
    head = (
        f'  <testsuite name={_attribute(path)} tests="{len(cases)}" failures="{failed}" errors="{len(errors)}"'
        f' skipped="{len(findings) - failed}">'
    )
    return "\n".join([head, *cases, "  </testsuite>"])


def _case(finding: Finding, mask: Mask) -> str:
    span = finding.span
    name = f"{finding.rule} {finding.subject} line {span.start_line}"
    message = mask(finding.message)
    if finding.ignored is not None:
        verdict = f"<skipped message={_attribute(mask.code(finding.ignored))}/>"
    else:
        body = "\n".join(
            part
            for part in (
                f"{span.path}:{span.start_line}:{span.start_column}",
                mask(finding.attack),
                f"fingerprint {finding.fingerprint}",
            )
            if part
        )
        verdict = f'<failure type="{finding.severity}" message={_attribute(message)}>{_text(body)}</failure>'
    return (
        f"    <testcase classname={_attribute(span.path)} name={_attribute(name)}"
        f' file={_attribute(span.path)} line="{span.start_line}">{verdict}</testcase>'
    )


def _error(unread: Unreadable, mask: Mask) -> str:
    return (
        f'    <testcase classname={_attribute(unread.path)} name="could not check line {unread.line}">'
        f'<error type="unread" message={_attribute(mask(unread.reason))}/></testcase>'
    )


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text), {"\n": "&#10;"})


def _text(text: str) -> str:
    return escape(_allowed(text))


def _allowed(text: str) -> str:
    """`text` without the characters that XML 1.0 has no way to write."""
    return _FORBIDDEN.sub("\ufffd", text)
