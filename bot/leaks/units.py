"""Texts to interpret: the entries of one section of a job, or a file of the repository."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.documents.lines import split_lines
from bot.documents.location import Place, Span
from bot.documents.nodes import Scalar
from bot.documents.shell import parse_shell
from bot.leaks.state import Unit
from bot.pipeline.model import ScriptLine

if TYPE_CHECKING:
    from bot.pipeline.model import Section


def units_of(lines: list[ScriptLine]) -> list[Unit]:
    """The entries of one shell as the texts that run in it, one after another.

    Each entry is a text of its own, as other readers take it, so that the parser's memory has it: jobs share many
    (a template's, those of `default:`), and parsing takes a third of the time less than with one text for each shell.
    Where a statement goes on in the next entry, all are one text.
    """
    scripts = [parse_shell(line.text) for line in lines]
    if any(script.troubles or script.goes_on for script in scripts):
        return [unit_of_lines(lines)]
    section = lines[-1].section.value
    return [_unit_of_line(line, section) for line in lines]


def _unit_of_line(line: ScriptLine, section: str) -> Unit:
    return Unit(line.text, section, lambda offset: (line.path, line.place(offset)))


def unit_of_lines(lines: list[ScriptLine]) -> Unit:
    """The entries of one shell as one text, as the runner puts them together."""
    starts: list[int] = []
    at = 0
    for line in lines:
        starts.append(at)
        at += len(line.text) + 1

    def locate(offset: int) -> tuple[str, Place]:
        index = max(0, bisect_right(starts, offset) - 1)
        line = lines[index]
        return line.path, line.place(min(offset - starts[index], len(line.text)))

    return Unit("\n".join(line.text for line in lines), lines[-1].section.value, locate)


@lru_cache(maxsize=256)
def line_of_file(path: str, text: str, section: Section) -> ScriptLine:
    """A shell script of the repository as one entry of a job's script."""
    unit = unit_of_file(path, text, section.value)
    end = unit.locate(len(text))[1]
    span = Span(path, 1, 1, end.line, end.column)
    return ScriptLine(section, Scalar(text, text, span, locate=lambda offset: unit.locate(offset)[1]))


def unit_of_file(path: str, text: str, section: str) -> Unit:
    """A file of the repository."""
    starts = [0]
    for line in split_lines(text):
        starts.append(starts[-1] + len(line))

    def locate(offset: int) -> tuple[str, Place]:
        line = bisect_right(starts, offset)
        return path, Place(line, offset - starts[line - 1] + 1)

    return Unit(text, section, locate)
