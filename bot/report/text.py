"""Findings for people at a terminal: place first, then the source line, the way there, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.findings import Finding, Severity
from bot.report.masking import Mask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span, Unreadable
    from bot.findings import Witness
    from bot.report.outcome import Outcome

_RESET: Final = "\x1b[0m"
_COLOURS: Final = {
    Severity.CRITICAL: "\x1b[1;35m",
    Severity.HIGH: "\x1b[1;31m",
    Severity.MEDIUM: "\x1b[1;33m",
    Severity.LOW: "\x1b[1;36m",
    Severity.INFO: "\x1b[1m",
}
_BOLD, _DIM, _RED = "\x1b[1m", "\x1b[2m", "\x1b[1;31m"
_WIDEST: Final = 160
_TAB: Final = 4
_CLAIMS_SHOWN: Final = 6


class _Paint:
    """Colours, or none."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if self._colour else text


def render_text(outcome: Outcome, *, colour: bool = False, quiet: bool = False) -> str:
    """The outcome for a terminal; `quiet` leaves out the notes and the summary. Ignored findings are counted."""
    mask = Mask(outcome.findings, outcome.text)
    paint = _Paint(colour=colour)
    lines: list[str] = []
    for finding in outcome.open:
        lines += [*_finding(finding, outcome, mask, paint), ""]
    for unread in outcome.errors:
        lines.append(f"{_place(unread)}: {paint('error', _RED)}: {_plain(mask(unread.reason))}")
    if not quiet:
        for unread in outcome.notes:
            lines.append(f"{_place(unread)}: {paint('note', _DIM)}: {_plain(mask(unread.reason))}")
        if (outcome.errors or outcome.notes) and lines:
            lines.append("")
        lines.append(paint(summary(outcome), _BOLD))
    return "\n".join(lines) + "\n" if lines else ""


def summary(outcome: Outcome) -> str:
    """One line of counts; says so where there was nothing to check."""
    if not outcome.files and not outcome.errors:
        return "Nothing to check: no GitLab pipeline, Vault role or policy here."
    parts = [
        f"{_counted(len(outcome.open), 'finding')}"
        + (
            " (" + ", ".join(f"{count} {severity}" for severity, count in outcome.counts()) + ")"
            if outcome.open
            else ""
        )
        + f" in {_counted(len(outcome.files), 'file')}"
    ]
    if outcome.fixed:
        parts.append(f"{outcome.fixed} fixed")
    ignored = len(outcome.findings) - len(outcome.open)
    if ignored:
        parts.append(f"{ignored} ignored")
    if outcome.errors:
        parts.append(f"{_counted(len(outcome.errors), 'error')}: not everything could be checked")
    if outcome.notes:
        parts.append(_counted(len(outcome.notes), "note"))
    return "; ".join(parts) + "."


def _finding(finding: Finding, outcome: Outcome, mask: Mask, paint: _Paint) -> Iterator[str]:
    span = finding.span
    level = paint(f"{finding.severity}[{finding.rule}]", _COLOURS[finding.severity])
    yield f"{_plain(span.path)}:{span.start_line}:{span.start_column}: {level} {_plain(mask(finding.message))}"
    related = [each for each in (*finding.way, *finding.related) if each.span != span]
    width = len(str(max([span.start_line, *(each.span.start_line for each in related)])))
    yield from _excerpt(span, outcome, mask, paint, width, _COLOURS[finding.severity])
    gutter = " " * width
    for each in related:
        yield f"{gutter}  = {_plain(mask(each.note))}: {_plain(each.span.path)}:{each.span.start_line}"
        yield from _excerpt(each.span, outcome, mask, paint, width, _DIM)
    if finding.attack:
        yield f"{gutter}  = attack: {_plain(mask(finding.attack))}"
    if finding.witness is not None:
        yield from (f"{gutter}  = {_plain(mask(line))}" for line in _witness(finding.witness))
    if finding.fix is not None:
        unasked = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield f"{gutter}  = fix: {_plain(finding.fix.title)} (`sealcheck scan {unasked}` tries and proves it)"
    yield f"{gutter}  = help: `sealcheck rules {finding.rule}`"


def _excerpt(
    span: Span, outcome: Outcome, mask: Mask, paint: _Paint, width: int, colour: str
) -> Iterator[str]:
    """The first line of the span with carets under it; nothing where the text is not at hand."""
    lines = split_lines(outcome.text(span.path) or "")
    if not 1 <= span.start_line <= len(lines):
        return
    raw = mask(lines[span.start_line - 1]).rstrip("\r\n")
    start = min(span.start_column - 1, len(raw))
    end = min(span.end_column - 1, len(raw)) if span.end_line == span.start_line else len(raw.rstrip())
    if start == 0:
        start = len(raw) - len(raw.lstrip())
    end = max(end, start + 1)
    cut = max(0, min(start - _WIDEST // 4, len(raw) - _WIDEST)) if len(raw) > _WIDEST else 0
    shown = raw[cut : cut + _WIDEST]
    before = _spread(shown[: start - cut])
    under = _spread(shown[start - cut : end - cut]) or " "
    yield f"{paint(f'{span.start_line:>{width}} |', _DIM)} {_spread(shown)}{'…' if len(raw) > cut + _WIDEST else ''}"
    more = f" … to line {span.end_line}" if span.end_line > span.start_line else ""
    yield f"{paint(' ' * width + ' |', _DIM)} {' ' * len(before)}{paint('^' * len(under) + more, colour)}"


def _witness(witness: Witness) -> Iterator[str]:
    shown = [f"{name}: {value}" for name, value in list(witness.accepts.items())[:_CLAIMS_SHOWN]]
    more = len(witness.accepts) - _CLAIMS_SHOWN
    if more > 0:
        shown.append(f"and {more} more")
    what = "a token that logs in" if witness.kind == "claims" else "a pipeline in which it runs"
    if shown:
        yield f"proof: {what}: {', '.join(shown)}"
    if witness.story:
        yield f"proof: {witness.story}"


def _place(unread: Unreadable) -> str:
    return f"{_plain(unread.path)}:{unread.line}" if unread.line else _plain(unread.path)


def _spread(text: str) -> str:
    """Tabs as blanks, and nothing that could steer a terminal."""
    return _plain(text.replace("\t", " " * _TAB))


def _plain(text: str) -> str:
    """`text` on one line, control characters as a question mark: a file name must not steer a terminal."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
