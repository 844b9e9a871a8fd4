"""What a scan found, ready to be reported in any format."""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING, NamedTuple

from bot.findings import Severity
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.documents.location import Span, Unreadable
    from bot.findings import Finding
    from bot.fixes import Fix
    from bot.vault.drift.comparison import Drift


class ReadFile(NamedTuple):
    """A file that was looked at: its path and its kind (`bot.documents.kinds`)."""

    path: str
    kind: str


def _no_text(_path: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What one scan says. `errors` are files that could not be checked, `notes` parts of readable ones."""

    findings: tuple[Finding, ...] = ()
    files: tuple[ReadFile, ...] = ()
    errors: tuple[Unreadable, ...] = ()
    notes: tuple[Unreadable, ...] = ()
    text: Callable[[str], str | None] = field(default=_no_text, repr=False)
    """the text of a scanned file, None where it is not available"""
    version: str = ""
    started: str = ""
    """When the scan began and ended, like 2026-11-23T07:00:00 (UTC): given, for a report knows no clock."""
    ended: str = ""
    fixed: tuple[Finding, ...] = ()
    """the findings that were fixed in this run, where they were; they are no longer among `findings`"""
    server: str = ""
    """the running server that was read, "" where files were"""
    entries: frozenset[str] = frozenset()
    """the paths that are no files but entries of the running server"""
    drift: tuple[Drift, ...] = ()
    """how the server compares with the code, where that was asked for"""
    commands: Mapping[str, str] = field(default_factory=dict)
    """by fingerprint of a finding in the server: the command that fixes it"""
    base: str = ""
    """the revision since which only changes were checked, "" where everything was"""

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that nobody has ignored."""
        return tuple(finding for finding in self.findings if finding.ignored is None)

    def reaches(self, threshold: Severity) -> bool:
        """Whether an open finding is at least as bad as `threshold`."""
        return any(finding.severity.rank <= threshold.rank for finding in self.open)

    def counts(self) -> list[tuple[Severity, int]]:
        """How many open findings there are of each severity, worst first; severities without any are left out."""
        found = [finding.severity for finding in self.open]
        return [(severity, found.count(severity)) for severity in Severity if severity in found]

    def counts_by_rule(self) -> list[tuple[str, int]]:
        """Return how many open findings each rule has, most first, then by name."""
        counts = Counter(finding.rule for finding in self.open)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def joined(outcomes: list[ScanOutcome], errors: tuple[Unreadable, ...] = ()) -> ScanOutcome:
    """Several outcomes as one; `errors` belong to none of them."""
    texts = [outcome.text for outcome in outcomes]

    def text(path: str) -> str | None:
        return next((found for read in texts if (found := read(path)) is not None), None)

    findings = [finding for outcome in outcomes for finding in outcome.findings]
    return ScanOutcome(
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        files=tuple(file for outcome in outcomes for file in outcome.files),
        errors=(*errors, *(error for outcome in outcomes for error in outcome.errors)),
        notes=tuple(note for outcome in outcomes for note in outcome.notes),
        fixed=tuple(finding for outcome in outcomes for finding in outcome.fixed),
        text=text,
    )


def under(outcome: ScanOutcome, prefix: str) -> ScanOutcome:
    """The same outcome with `prefix` ("" or with a slash at its end) before every path."""
    if not prefix:
        return outcome

    def moved(unread: Unreadable) -> Unreadable:
        return replace(unread, path=prefix + unread.path)

    text = outcome.text
    return replace(
        outcome,
        findings=tuple(_moved_finding(finding, prefix) for finding in outcome.findings),
        files=tuple(ReadFile(prefix + file.path, file.kind) for file in outcome.files),
        errors=tuple(map(moved, outcome.errors)),
        notes=tuple(map(moved, outcome.notes)),
        fixed=tuple(_moved_finding(finding, prefix) for finding in outcome.fixed),
        text=lambda path: text(path.removeprefix(prefix)),
    )


def _moved_finding(finding: Finding, prefix: str) -> Finding:
    def moved(span: Span) -> Span:
        return span._replace(path=prefix + span.path)

    return replace(
        finding,
        span=moved(finding.span),
        related=tuple(replace(each, span=moved(each.span)) for each in finding.related),
        way=tuple(replace(each, span=moved(each.span)) for each in finding.way),
        fix=_moved_fix(finding.fix, prefix),
    )


def _moved_fix(fix: Fix | None, prefix: str) -> Fix | None:
    if fix is None:
        return None
    return replace(fix, edits=tuple(replace(edit, path=prefix + edit.path) for edit in fix.edits))
