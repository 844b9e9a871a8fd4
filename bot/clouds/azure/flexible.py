"""Azure's language for flexible federated identity credentials: `claims['sub'] matches 'TEXT' and ...`.

learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials (preview), 2026-11:
`eq` and `matches`, joined by `and` alone; `*` is any run of characters and `?` one. That a pattern is anchored at both
ends is how every published example reads; the service was not tried.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.wildcards import wildcard_match
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Mapping

_TERM = regex(r"\s*claims\s*\[\s*'(?P<claim>[^']+)'\s*\]\s+(?P<operator>\w+)\s+'(?P<text>(?:[^']|'')*)'")
_AND = regex(r"\s+and(?=\s)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison. `start` and `end` are the places of its text in the expression (0-based, end excluded)."""

    claim: str
    operator: str
    text: str
    start: int
    end: int

    def is_met(self, claims: Mapping[str, str]) -> bool:
        """Return whether the token's claim equals the text, or matches it."""
        value = claims.get(self.claim)
        if value is None:
            return False
        return wildcard_match(self.text, value) if self.operator == "matches" else value == self.text


def parse_expression(text: str) -> tuple[Term, ...] | str:
    """Return the comparisons of an expression, or why Azure refuses it."""
    terms: list[Term] = []
    at = 0
    while True:
        found = _TERM.match(text, at)
        if found is None:
            return _problem(text)
        operator = found["operator"].lower()
        if operator not in {"eq", "matches"}:
            return f"the language has no operator `{found['operator']}`"
        terms.append(
            Term(
                found["claim"],
                operator,
                found["text"].replace("''", "'"),
                found.start("text"),
                found.end("text"),
            )
        )
        at = found.end()
        if not text[at:].strip():
            return tuple(terms)
        joined = _AND.match(text, at)
        if joined is None:
            return _problem(text[at:])
        at = joined.end()


def _problem(text: str) -> str:
    if re.search(r"\bor\b", text):
        return "the language has no `or`"
    if text.lstrip().startswith("("):
        return "the language has no brackets"
    return "it is not of the form `claims['sub'] matches 'TEXT'`"
