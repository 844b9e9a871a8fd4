"""Texts without secrets' values: every format goes through here.

Rules keep values out of their messages. Source lines and fixes are the user's own text, and may contain a literal
credential: it is replaced by stars of the same length, so that carets still point at the right place. Of a sentence
of ours only what it quotes is searched for names with values: "1 secret: nothing of it is masked" is no assignment.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.facts.credentials import assigned_in, shapes_in, values_in
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.documents.location import Span
    from bot.findings import Finding

_LITERAL_RULES: Final = frozenset({"hardcoded-vault-token", "hardcoded-credential"})
_SHORTEST: Final = 6
_QUOTED: Final = regex(r"(`[^`]*`)")
_IN_LINE: Final = regex(r"[^\n]")


class Mask:
    """Hides the values of secrets in the texts of one report.

    Beside everything that looks like a credential it knows the exact values that findings of hard-coded ones
    point at, wherever they appear again, and those that the files with findings give to names of secrets, in code.
    """

    def __init__(
        self, findings: Iterable[Finding] = (), text: Callable[[str], str | None] = lambda _path: None
    ) -> None:
        findings = tuple(findings)
        literal: dict[str, list[Span]] = defaultdict(list)
        for finding in findings:
            if finding.rule in _LITERAL_RULES:
                literal[finding.span.path].append(finding.span)
        values = {
            value.strip() for path, spans in literal.items() for value in _pointed_at(spans, text(path) or "")
        }
        self._reported = _long(values)
        for path in {span.path for finding in findings for span in _places(finding)}:
            content = text(path) or ""
            values.update(content[start:end] for start, end in assigned_in(content))
        self._known = _long(values)
        self._masked: dict[str, str] = {}
        """what was asked before: many findings say the same"""
        self._masked_code: dict[str, str] = {}
        """the same for lines: many findings may be on one, which may be a whole file"""

    def __call__(self, text: str) -> str:
        """A sentence of ours with stars in the place of values: what it quotes is between backticks."""
        masked = self._masked.get(text)
        if masked is None:
            parts = _QUOTED.split(text)
            masked = self._masked[text] = "".join(
                self.code(part) if number % 2 else _starred(part, self._reported, shapes_in)
                for number, part in enumerate(parts)
            )
        return masked

    def code(self, text: str) -> str:
        """Lines of the user's own with stars in the place of values, as long as before."""
        masked = self._masked_code.get(text)
        if masked is None:
            masked = self._masked_code[text] = _starred(text, self._known, values_in)
        return masked

    def hides(self, text: str) -> bool:
        """Whether lines of the user's own hold a value."""
        return self.code(text) != text


def _long(values: Iterable[str]) -> tuple[str, ...]:
    """The values that are long enough to be hidden wherever they appear."""
    return tuple(value for value in values if len(value) >= _SHORTEST)


def _starred(text: str, known: tuple[str, ...], places: Callable[[str], Iterable[tuple[int, int]]]) -> str:
    spans = [span for value in known if value in text for span in _occurrences(value, text)]
    masked = _with_stars(text, spans)
    return _with_stars(masked, places(masked))


def _occurrences(value: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = text.find(value, start + 1)


def _with_stars(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with a star for each character of the spans, which may overlap; lines stay lines."""
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end > done:
            first = max(start, done)
            parts += (text[done:first], _IN_LINE.sub("*", text[first:end]))
            done = end
    return "".join((*parts, text[done:]))


def _pointed_at(spans: Iterable[Span], text: str) -> Iterator[str]:
    """What of the text is at the spans, line by line."""
    lines = split_lines(text)
    for span in spans:
        for number, line in enumerate(lines[span.start_line - 1 : span.end_line], span.start_line):
            start = span.start_column - 1 if number == span.start_line else 0
            end = span.end_column - 1 if number == span.end_line else len(line)
            yield line[start:end].strip("\r\n\t \"'")


def _places(finding: Finding) -> Iterator[Span]:
    yield finding.span
    for each in (*finding.related, *finding.way):
        yield each.span
