"""Where something is: spans of characters, routes of keys, and what could not be read."""

from __future__ import annotations

from typing import NamedTuple

from bot.lazy import dataclass

Route = tuple[str | int, ...]
"""The keys and indices (0-based) that lead from a document's root to a node, e.g. `("deploy", "script", 1)`."""


class Place(NamedTuple):
    """One character of a file: line and column count from 1, columns in characters."""

    line: int
    column: int


class Span(NamedTuple):
    """A run of characters in one file.

    Lines and columns count from 1, columns in characters (not bytes). The end line is included, the end
    column is the first one behind the run.
    """

    path: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int

    @classmethod
    def of_lines(cls, path: str, start_line: int, end_line: int | None = None) -> Span:
        """The whole lines from `start_line` to `end_line` (both included)."""
        return cls(path, start_line, 1, end_line or start_line, 1 << 30)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be checked. Never the same as "clean": it is reported as loudly as a finding.

    `line` is 0 where no line is known. `reason` is one sentence with the remedy, without any value from the file.
    """

    path: str
    line: int
    reason: str
