"""Findings for people at a terminal: place first, then the source line, the way there, what to do."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.findings import Finding, Severity
from bot.lazy import dataclass
from bot.report.masking import Mask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span, Unreadable
    from bot.findings import Witness
    from bot.fixes import Fix
    from bot.report.outcome import ScanOutcome

_RESET: Final = "\x1b[0m"
_COLOURS: Final = {
    Severity.CRITICAL: "\x1b[1;35m",
    Severity.HIGH: "\x1b[1;31m",
    Severity.MEDIUM: "\x1b[1;33m",
    Severity.LOW: "\x1b[1;36m",
    Severity.INFO: "\x1b[1m",
}
_BOLD, _DIM, _RED, _GREEN = "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[1;32m"
_WIDEST: Final = 160
_TAB: Final = 4
_CLAIMS_SHOWN: Final = 6
NARROWEST: Final = 40
"""No text is wrapped narrower, whatever the terminal says."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a report looks: `quiet` leaves out notes and summary, `width` None wraps nothing."""

    colour: bool = False
    quiet: bool = False
    width: int | None = None

    def paint(self, text: str, code: str) -> str:
        """Return `text` in the colour `code`, where there are colours."""
        return f"{code}{text}{_RESET}" if self.colour else text

    def wrap(self, text: str, indent: str = "    ") -> list[str]:
        """Return the lines of `text`; continuation lines begin with `indent`. Words are never cut."""
        if self.width is None or len(text) <= self.width:
            return [text]
        import textwrap  # noqa: PLC0415 - only at a terminal

        return textwrap.wrap(
            text, self.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )


PLAIN: Final = Look()


def render_text(outcome: ScanOutcome, look: Look = PLAIN) -> str:
    """Return the outcome for a terminal. Ignored findings are only counted."""
    mask = Mask(outcome.findings, outcome.text)
    lines: list[str] = []
    for finding in outcome.open:
        lines += [*_finding(finding, outcome, mask, look), ""]
    lines += _rest(outcome, mask, look)
    return "\n".join(lines) + "\n" if lines else ""


def render_concise(outcome: ScanOutcome, look: Look = PLAIN) -> str:
    """Return one line for each open finding: `path:line:column: severity[rule] title`."""
    lines = [
        f"{_position(finding.span)}: {_level(finding, look)} {_title(finding.rule)}"
        for finding in outcome.open
    ]
    lines += _rest(outcome, Mask(outcome.findings, outcome.text), Look(look.colour, look.quiet))
    return "\n".join(lines) + "\n" if lines else ""


def _title(rule_id: str) -> str:
    from bot.rules import ALL_RULES  # noqa: PLC0415 - the other formats need no titles

    rule = ALL_RULES.get(rule_id)
    return rule.page.title if rule is not None else rule_id


def _rest(outcome: ScanOutcome, mask: Mask, look: Look) -> Iterator[str]:
    """What follows the findings: fixed ones, errors, notes, the summary."""
    for finding in outcome.fixed:
        title = finding.fix.title if finding.fix else ""
        yield from look.wrap(
            f"{_plain(finding.span.path)}:{finding.span.start_line}: fixed[{finding.rule}] {_plain(title)}"
        )
    unread = [(each, "error", _RED) for each in outcome.errors]
    if not look.quiet:
        unread += [(each, "note", _DIM) for each in outcome.notes]
    for each, kind, colour in unread:
        first, *more = look.wrap(f"{_place(each)}: {kind}: {_plain(mask(each.reason))}")
        yield first.replace(f" {kind}: ", f" {look.paint(kind, colour)}: ", 1)
        yield from more
    if not look.quiet:
        if unread or outcome.fixed:
            yield ""
        by_rule = outcome.counts_by_rule()
        if len(by_rule) > 1:
            width = len(str(by_rule[0][1]))
            yield from (f"{count:>{width}} {rule}" for rule, count in by_rule)
        yield from (look.paint(line, _BOLD) for line in look.wrap(summary(outcome)))


def summary(outcome: ScanOutcome) -> str:
    """Return one line of counts; it says so where there was nothing to check."""
    if not outcome.files and not outcome.errors and not outcome.fixed and not outcome.server:
        if outcome.base:
            return f"Nothing to check: no file that Sealcheck reads has changed since {_plain(outcome.base)}."
        return "Nothing to check: no GitLab pipeline, Vault role or policy here."
    parts = [
        f"{_counted(len(outcome.open), 'finding')}"
        + (
            " (" + ", ".join(f"{count} {severity}" for severity, count in outcome.counts()) + ")"
            if outcome.open
            else ""
        )
        + (
            f" in {_counted(len(outcome.entries), 'entry', 'entries')} of {_plain(outcome.server)}"
            if outcome.server
            else f" in {_counted(len(outcome.files), 'file')}"
        )
    ]
    if outcome.drift:
        standings = Counter(drift.standing for drift in outcome.drift)
        parts.append(
            "against the code: " + ", ".join(f"{count} {each}" for each, count in sorted(standings.items()))
        )
    if outcome.fixed:
        parts.append(f"{len(outcome.fixed)} fixed")
    ignored = len(outcome.findings) - len(outcome.open)
    if ignored:
        parts.append(f"{ignored} ignored")
    if outcome.errors:
        parts.append(f"{_counted(len(outcome.errors), 'error')}: not everything could be checked")
    if outcome.notes:
        parts.append(_counted(len(outcome.notes), "note"))
    return "; ".join(parts) + "."


def _finding(finding: Finding, outcome: ScanOutcome, mask: Mask, look: Look) -> Iterator[str]:
    span = finding.span
    level = f"{finding.severity}[{finding.rule}]"
    message = _plain(mask(finding.message))
    first, *more = look.wrap(f"{_where(span, outcome)}: {level} {message}")
    yield first.replace(f" {level}", f" {_level(finding, look)}", 1)
    yield from more
    related = [each for each in (*finding.way, *finding.related) if each.span != span]
    width = len(str(max([span.start_line, *(each.span.start_line for each in related)])))
    yield from _excerpt(span, outcome, mask, look, width, _COLOURS[finding.severity])
    gutter = " " * width
    said = [message]

    def item(text: str, label: str = "") -> Iterator[str]:
        """The text behind its label, unless the same sentence was printed before."""
        plain = _plain(mask(text))
        if not any(plain in earlier for earlier in said):
            said.append(plain)
            yield from look.wrap(f"{gutter}  = {label}{plain}", f"{gutter}    ")

    for each in related:
        place = _where(each.span, outcome).removesuffix(f":{each.span.start_column}")
        yield from look.wrap(f"{gutter}  = {_plain(mask(each.note))}: {place}", f"{gutter}    ")
        yield from _excerpt(each.span, outcome, mask, look, width, _DIM)
    if finding.attack:
        yield from item(finding.attack, "risk: ")
    if finding.witness is not None:
        for line in _witness(finding.witness):
            yield from item(line, "proof: ")
    if finding.fix is not None:
        yield from item(_proposal(finding, finding.fix, outcome), "fix: ")
    elif finding.remedy:
        yield from item(finding.remedy, "to do: ")
    yield from item(f"`sealcheck rules {finding.rule}`", "help: ")


def _proposal(finding: Finding, fix: Fix, outcome: ScanOutcome) -> str:
    """What the fix does and costs, and the command that carries it out: in the files, or on the running server."""
    cost = f". {fix.cost}" if fix.cost else ""
    if finding.span.path in outcome.entries:
        command = outcome.commands.get(finding.fingerprint)
        return f"{fix.title}{f': `{command}`' if command else ''}{cost}"
    option = "--fix" if fix.safe else "--fix --unsafe-fixes"
    return f"{fix.title}{cost} (`sealcheck scan {option}` tries and proves it)"


def _where(span: Span, outcome: ScanOutcome) -> str:
    if span.path in outcome.entries:
        return f"`{_plain(span.path)}` in the running Vault"
    return _position(span)


def _position(span: Span) -> str:
    return f"{_plain(span.path)}:{span.start_line}:{span.start_column}"


def _level(finding: Finding, look: Look) -> str:
    return look.paint(f"{finding.severity}[{finding.rule}]", _COLOURS[finding.severity])


@lru_cache(maxsize=1)
def _lines_of(text: str) -> list[str]:
    """The lines of the file at hand: findings come file by file."""
    return split_lines(text)


def _excerpt(
    span: Span, outcome: ScanOutcome, mask: Mask, look: Look, gutter: int, colour: str
) -> Iterator[str]:
    """The first line of the span with carets under it; nothing where the text is not available."""
    lines = _lines_of(outcome.text(span.path) or "")
    if not 1 <= span.start_line <= len(lines):
        return
    raw = mask.code(lines[span.start_line - 1]).rstrip("\r\n")
    start = min(span.start_column - 1, len(raw))
    end = min(span.end_column - 1, len(raw)) if span.end_line == span.start_line else len(raw.rstrip())
    if start == 0:
        start = len(raw) - len(raw.lstrip())
    end = max(end, start + 1)
    widest = _WIDEST if look.width is None else look.width - gutter - len(" | …")
    cut = max(0, min(start - widest // 4, len(raw) - widest)) if len(raw) > widest else 0
    shown = raw[cut : cut + widest]
    before = _spread(shown[: start - cut])
    under = _spread(shown[start - cut : end - cut]) or " "
    is_cut = len(raw) > cut + widest
    yield f"{look.paint(f'{span.start_line:>{gutter}} |', _DIM)} {_spread(shown)}{'…' if is_cut else ''}"
    more = f" … to line {span.end_line}" if span.end_line > span.start_line else ""
    if look.width is not None and gutter + len(" | ") + len(before) + len(under) + len(more) > look.width:
        more = ""
    yield f"{look.paint(' ' * gutter + ' |', _DIM)} {' ' * len(before)}{look.paint('^' * len(under) + more, colour)}"


def _plain_value(value: object) -> str:
    """A text as it is, all else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _witness(witness: Witness) -> Iterator[str]:
    claims = list(witness.accepts.items())[:_CLAIMS_SHOWN]
    shown = [f"{name}: {_plain_value(value)}" for name, value in claims]
    more = len(witness.accepts) - _CLAIMS_SHOWN
    if more > 0:
        shown.append(f"and {more} more")
    what = "a token that logs in" if witness.kind == "claims" else "a pipeline in which it runs"
    if shown:
        yield f"{what}: {', '.join(shown)}"
    if witness.story:
        yield witness.story


def _place(unread: Unreadable) -> str:
    return f"{_plain(unread.path)}:{unread.line}" if unread.line else _plain(unread.path)


def _spread(text: str) -> str:
    """Tabs as blanks, and nothing that could steer a terminal."""
    return _plain(text.replace("\t", " " * _TAB))


def _plain(text: str) -> str:
    """`text` on one line, control characters as a question mark: a file name must not steer a terminal."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def _counted(number: int, noun: str, nouns: str = "") -> str:
    return f"{number or 'no'} {noun if number == 1 else nouns or noun + 's'}"
