"""Texts without secrets' values: every format goes through here.

Rules keep values out of their messages. Source lines and fixes are the user's own text, and may contain a literal
credential: it is replaced by stars of the same length, so that carets still point at the right place. Of a sentence
of ours only what it quotes is searched for names with values: "1 secret: nothing of it is masked" is no assignment.
"""

from __future__ import annotations

import re
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


class Mask:
    """Hides the values of secrets in the texts of one report.

    Beside everything that looks like a credential it knows the exact values that findings of hard-coded ones
    point at, wherever they appear again, and those that the files with findings give to names of secrets, in code.
    """

    def __init__(
        self, findings: Iterable[Finding] = (), text: Callable[[str], str | None] = lambda _path: None
    ) -> None:
        findings = tuple(findings)
        values = {
            value.strip()
            for finding in findings
            if finding.rule in _LITERAL_RULES
            for value in _pointed_at(finding, text)
        }
        self._reported = _any_of(values)
        for path in {span.path for finding in findings for span in _places(finding)}:
            content = text(path) or ""
            values.update(content[start:end] for start, end in assigned_in(content))
        self._known = _any_of(values)
        self._masked: dict[str, str] = {}
        """what was asked before: many findings say the same"""

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
        return _starred(text, self._known, values_in)

    def hides(self, text: str) -> bool:
        """Whether lines of the user's own hold a value."""
        return self.code(text) != text


def _any_of(values: Iterable[str]) -> re.Pattern[str] | None:
    long_first = sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, long_first))) if long_first else None


def _starred(
    text: str,
    known: re.Pattern[str] | None,
    places: Callable[[str], Iterable[tuple[int, int]]],
) -> str:
    masked = known.sub(lambda match: "*" * len(match[0]), text) if known is not None else text
    for start, end in sorted(places(masked), reverse=True):
        masked = masked[:start] + re.sub(r"[^\n]", "*", masked[start:end]) + masked[end:]
    return masked


def _pointed_at(finding: Finding, text: Callable[[str], str | None]) -> Iterator[str]:
    """The text under the finding, line by line."""
    span = finding.span
    lines = split_lines(text(span.path) or "")[span.start_line - 1 : span.end_line]
    for number, line in enumerate(lines, span.start_line):
        start = span.start_column - 1 if number == span.start_line else 0
        end = span.end_column - 1 if number == span.end_line else len(line)
        yield line[start:end].strip("\r\n\t \"'")


def _places(finding: Finding) -> Iterator[Span]:
    yield finding.span
    for each in (*finding.related, *finding.way):
        yield each.span
