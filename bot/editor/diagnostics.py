"""What the editor shows: findings as diagnostics, rules' pages as hovers, fixes as edits. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types

from bot.documents.lines import split_lines
from bot.findings import Severity
from bot.report.pages import page_of
from bot.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pygls.workspace import PositionCodec

    from bot.documents.location import Span, Unreadable
    from bot.editor.checks import Checked
    from bot.findings import Finding
    from bot.fixes import Edit, Fix

SOURCE: Final = "sealcheck"
COULD_NOT_CHECK: Final = "could-not-check"
_SEVERITIES: Final = {
    Severity.CRITICAL: types.DiagnosticSeverity.Error,
    Severity.HIGH: types.DiagnosticSeverity.Error,
    Severity.MEDIUM: types.DiagnosticSeverity.Warning,
    Severity.LOW: types.DiagnosticSeverity.Information,
    Severity.INFO: types.DiagnosticSeverity.Hint,
}

if TYPE_CHECKING:
    UriOf = Callable[[str], str]
    """the URI of a path in the repository"""


def of_file(checked: Checked, path: str, codec: PositionCodec, uri_of: UriOf) -> list[types.Diagnostic]:
    """Return the diagnostics of one file."""
    lines = split_lines(checked.text(path))
    found = [diagnostic(finding, checked, codec, uri_of) for finding in checked.findings(path)]
    for unread, is_whole in checked.unread(path):
        found.append(_unread(unread, lines, codec, checked, is_whole=is_whole))
    return found


def diagnostic(finding: Finding, checked: Checked, codec: PositionCodec, uri_of: UriOf) -> types.Diagnostic:
    """One finding."""
    mask = checked.mask
    attack = f"\n{mask(finding.attack)}" if finding.attack else ""
    return types.Diagnostic(
        range=range_of(finding.span, split_lines(checked.text(finding.span.path)), codec),
        message=mask(finding.message) + attack,
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source=SOURCE,
        related_information=[
            types.DiagnosticRelatedInformation(
                location=types.Location(
                    uri=uri_of(each.span.path),
                    range=range_of(each.span, split_lines(checked.text(each.span.path)), codec),
                ),
                message=mask(each.note),
            )
            for each in (*finding.way, *finding.related)
        ],
        data={"fingerprint": finding.fingerprint},
    )


def hover(findings: Sequence[Finding], checked: Checked) -> str:
    """What is wrong here, and the page of each rule that says so, as Markdown."""
    found = [
        f"**{finding.severity}** `{finding.rule}`: {checked.mask(finding.message)}"
        + (f"\n\n*Risk:* {checked.mask(finding.attack)}" if finding.attack else "")
        for finding in findings
    ]
    ids = dict.fromkeys(finding.rule for finding in findings)
    pages = [page_of(rule).rstrip() for name in ids if (rule := ALL_RULES.get(name)) is not None]
    return "\n\n---\n\n".join([*found, *pages])


def edits_of(
    fix: Fix,
    checked: Checked,
    codec: PositionCodec,
    uri_of: UriOf,
    version_of: Callable[[str], int | None],
) -> list[types.TextDocumentEdit]:
    """A fix as the editor applies it: whole lines, to the versions that were checked and to no others."""
    changes: list[types.TextDocumentEdit] = []
    for path in dict.fromkeys(edit.path for edit in fix.edits):
        lines = split_lines(checked.text(path))
        uri = uri_of(path)
        changes.append(
            types.TextDocumentEdit(
                text_document=types.OptionalVersionedTextDocumentIdentifier(
                    uri=uri, version=version_of(path)
                ),
                edits=[_replacement(edit, lines, codec) for edit in fix.edits if edit.path == path],
            )
        )
    return changes


def _replacement(edit: Edit, lines: Sequence[str], codec: PositionCodec) -> types.TextEdit:
    """The edit as `bot.fixes.apply_edits` does it: whole lines, 1-based and included, as a range of positions."""
    text = edit.text
    start = types.Position(edit.start_line - 1, 0)
    if edit.end_line < edit.start_line:
        end = start
    elif edit.end_line < len(lines) or lines[-1].endswith("\n"):
        end = types.Position(edit.end_line, 0)
    else:
        # The file's last line has no line end: there is no line behind it to point at.
        end = types.Position(edit.end_line - 1, codec.client_num_units(lines[-1]))
    if text and not text.endswith("\n") and edit.end_line < len(lines):
        text += "\n"
    return types.TextEdit(types.Range(start, end), text)


def range_of(span: Span, lines: Sequence[str], codec: PositionCodec) -> types.Range:
    """The span in the client's units. Of several lines only the first: a whole job in red helps nobody."""
    number = span.start_line - 1
    line = lines[number].rstrip("\r\n") if number < len(lines) else ""
    start = min(span.start_column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.start_line else len(line)
    if start == 0 and end == len(line):
        start = len(line) - len(line.lstrip())
    units = codec.client_num_units
    return types.Range(
        types.Position(number, units(line[:start])), types.Position(number, units(line[: max(start, end)]))
    )


def _unread(
    unread: Unreadable, lines: Sequence[str], codec: PositionCodec, checked: Checked, *, is_whole: bool
) -> types.Diagnostic:
    number = max(1, unread.line)
    line = lines[number - 1].rstrip("\r\n") if number <= len(lines) else ""
    severity = types.DiagnosticSeverity.Error if is_whole else types.DiagnosticSeverity.Information
    end = types.Position(number - 1, codec.client_num_units(line))
    return types.Diagnostic(
        range=types.Range(types.Position(number - 1, 0), end),
        message=f"Not checked: {checked.mask(unread.reason)}",
        severity=severity,
        code=COULD_NOT_CHECK,
        source=SOURCE,
    )
