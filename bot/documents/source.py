"""Where the characters of a decoded scalar are in its file.

A scalar's text is not its source: quotes, escapes, folded lines and indentation lie between. `SourceText` walks a
scalar once, when somebody asks, and keeps the runs in which text and source go side by side.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.location import Place, Span
from bot.documents.nodes import Style
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE_WIDTHS: Final = {"x": 2, "u": 4, "U": 8}
_BLANKS: Final = " \t"
_BLOCK_HEADER: Final = regex(r"[|>][-+0-9]*[ \t]*(?:#[^\n\r]*)?\r?\n?")
_FOREIGN_BREAK: Final = regex("\r(?!\n)|[\x85\u2028\u2029]")


class CopiedRun(NamedTuple):
    """From `offset` in the text on, text and source go side by side, the source at `at` (both 0-based)."""

    offset: int
    at: int


class SourceText:
    """The text of one file, and the way from an index in it to a line and a column."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._runs: dict[int, list[CopiedRun]] = {}

    @cached_property
    def has_foreign_breaks(self) -> bool:
        """Whether YAML ends a line where git does not (a lone carriage return, U+0085, U+2028, U+2029)."""
        if self.text.isascii():
            return self.text.count("\r") > self.text.count("\r\n")
        return _FOREIGN_BREAK.search(self.text) is not None

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def place(self, index: int) -> Place:
        """The line and column of the character at `index` (0-based)."""
        line = bisect_right(self._line_starts, index)
        return Place(line, index - self._line_starts[line - 1] + 1)

    def index(self, line: int, column: int) -> int:
        """The index (0-based) of a place."""
        return self._line_starts[line - 1] + column - 1

    def span(self, start: int, end: int) -> Span:
        """The span from index `start` up to, and without, index `end`."""
        first, last = self.place(start), self.place(end)
        return Span(self.path, first.line, first.column, last.line, last.column)

    def locate(self, start: int, end: int, style: Style, text: str, offset: int) -> Place:
        """The place of `text[offset]`, for a scalar written in `style` from `start` to `end` in this file."""
        runs = self._runs.get(start)
        if runs is None:
            runs = self._runs[start] = runs_of(self.text, start, end, style, text)
        run = runs[bisect_right(runs, offset, key=lambda run: run.offset) - 1]
        return self.place(min(run.at + offset - run.offset, end))


def runs_of(source: str, start: int, end: int, style: Style, text: str) -> list[CopiedRun]:
    """The runs of the scalar that is in `source[start:end]` and reads `text`, by rising offset."""
    if style in {Style.LITERAL, Style.FOLDED}:
        runs = list(_block_runs(source, start, end, text, folded=style is Style.FOLDED))
    else:
        runs = list(_flow_runs(source, start, end, style))
    if not runs or runs[0].offset != 0:
        runs.insert(0, CopiedRun(0, start))
    if runs[-1].offset < len(text):
        runs.append(CopiedRun(len(text), end))
    return runs


def _flow_runs(source: str, start: int, end: int, style: Style) -> Iterator[CopiedRun]:
    """Plain and quoted scalars: line breaks fold, blanks around them go, escapes stand for one character."""
    quoted = style is not Style.PLAIN
    at, stop = (start + 1, end - 1) if quoted else (start, end)
    offset = 0
    yield CopiedRun(0, at)
    while at < stop:
        char = source[at]
        if char in "\r\n" or (char in _BLANKS and _breaks_after(source, at, stop)):
            at, width, first_break = _fold(source, at, stop)
            yield CopiedRun(offset, first_break)
            offset += width
            yield CopiedRun(offset, at)
        elif char == "\\" and style is Style.DOUBLE:
            at, width = _escape(source, at, stop)
            offset += width
            yield CopiedRun(offset, at)
        elif char == "'" and style is Style.SINGLE:
            at += 2
            offset += 1
            yield CopiedRun(offset, at)
        else:
            at += 1
            offset += 1
    yield CopiedRun(offset, stop)


def _breaks_after(source: str, at: int, stop: int) -> bool:
    """Whether nothing but blanks is between `at` and the end of its line (before `stop`)."""
    while at < stop and source[at] in _BLANKS:
        at += 1
    return at < stop and source[at] in "\r\n"


def _fold(source: str, at: int, stop: int) -> tuple[int, int, int]:
    """Where a folded break ends, how many characters it stands for, and where its first break is."""
    while source[at] in _BLANKS:
        at += 1
    first_break = at
    breaks = 0
    while at < stop and source[at] in " \t\r\n":
        breaks += source[at] == "\n" or (source[at] == "\r" and source[at + 1 : at + 2] != "\n")
        at += 1
    return at, max(1, breaks - 1), first_break


def _escape(source: str, at: int, stop: int) -> tuple[int, int]:
    """Where an escape in double quotes ends, and how many characters it stands for."""
    letter = source[at + 1]
    if letter in "\r\n":
        at += 2
        breaks = 0
        while at < stop and source[at] in " \t\r\n":
            breaks += source[at] == "\n" and source[at - 1 : at] != "\r"
            at += 1
        return at, breaks
    return at + 2 + _ESCAPE_WIDTHS.get(letter, 0), 1


def _block_runs(source: str, start: int, end: int, text: str, *, folded: bool) -> Iterator[CopiedRun]:
    """Literal and folded blocks: indentation goes, and in folded ones single breaks become blanks."""
    header = _BLOCK_HEADER.match(source, start)
    at = header.end() if header else start
    indent = _indent_of_block(source, at, end, text)
    offset = blank_lines = 0
    previous: str | None = None
    while at < end:
        line_end = source.find("\n", at, end)
        line_end = end if line_end < 0 else line_end
        content_at = at + min(indent, _leading_spaces(source, at, line_end))
        content_end = line_end - (source[line_end - 1 : line_end] == "\r" and line_end > content_at)
        content = source[content_at:content_end]
        if not content:
            if previous is None or not folded:
                yield CopiedRun(offset + blank_lines + (previous is not None), line_end)
            blank_lines += 1
        else:
            offset += _separator(previous, content, blank_lines, folded=folded)
            yield CopiedRun(offset, content_at)
            offset += len(content)
            yield CopiedRun(offset, content_end)
            previous, blank_lines = content, 0
        at = line_end + 1


def _separator(previous: str | None, content: str, blank_lines: int, *, folded: bool) -> int:
    """How many characters of the text lie between two lines with content."""
    if previous is None:
        return blank_lines
    if folded and previous[0] not in _BLANKS and content[0] not in _BLANKS:
        return blank_lines or 1
    return blank_lines + 1


def _leading_spaces(source: str, at: int, end: int) -> int:
    return end - at - len(source[at:end].lstrip(" "))


def _indent_of_block(source: str, at: int, end: int, text: str) -> int:
    """How many blanks of each line are indentation: those that the text does not have."""
    first_line = next((line for line in text.split("\n") if line.strip(" \r")), "")
    for line in source[at:end].split("\n"):
        if line.strip(" \r"):
            return len(line) - len(line.lstrip(" ")) - (len(first_line) - len(first_line.lstrip(" ")))
    return 0
