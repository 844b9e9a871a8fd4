"""Texts without secrets' values: every format goes through here.

Rules keep values out of their messages. Source lines and fixes are the user's own text, and may hold a literal
credential: it is replaced by stars of the same length, so that carets still point at the right place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.lines import split_lines
from bot.facts.credentials import assigned_in, values_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.documents.location import Span
    from bot.findings import Finding

_LITERAL_RULES: Final = frozenset({"hardcoded-vault-token", "hardcoded-credential"})
_SHORTEST: Final = 6


class Mask:
    """Hides the values of secrets in the texts of one report.

    Beside everything that looks like a credential it knows the exact values that findings of hard-coded ones
    point at, and those that the files with findings give to names of secrets, wherever they appear again.
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
        for path in {span.path for finding in findings for span in _places(finding)}:
            content = text(path) or ""
            values.update(content[start:end] for start, end in assigned_in(content))
        long_first = sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, long_first))) if long_first else None
        self._masked: dict[str, str] = {}
        """what was asked before: many findings say the same"""

    def __call__(self, text: str) -> str:
        """`text` with stars in the place of values, as long as before."""
        masked = self._masked.get(text)
        if masked is None:
            masked = self._masked[text] = self._mask(text)
        return masked

    def _mask(self, text: str) -> str:
        masked = text
        if self._known is not None:
            masked = self._known.sub(lambda match: "*" * len(match[0]), masked)
        for start, end in sorted(values_in(masked), reverse=True):
            masked = masked[:start] + re.sub(r"[^\n]", "*", masked[start:end]) + masked[end:]
        return masked

    def hides(self, text: str) -> bool:
        """Whether `text` holds a value."""
        return self(text) != text


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
