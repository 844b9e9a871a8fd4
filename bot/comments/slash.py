"""The commands in a comment: `/sealcheck ...` on a line of its own, outside code, quotes and HTML. Pure.

The receiver asks this before it queues a job, and the job asks it again of the comment as GitLab contains it. Every
step takes time in proportion to the text, which may be a megabyte of anything.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_COMMANDS = 5
"""Commands of one comment that are obeyed."""
MAX_ARGUMENT_CHARS = 500
_COMMAND = regex(r"^[ ]{0,3}/sealcheck(?:[ \t].*)?$", re.IGNORECASE)
_FENCE = regex(r"^[ ]{0,3}(?P<ticks>`{3,}|~{3,})(?P<language>.*)$")
_QUOTE_BLOCK = regex(r"^>>>[ \t]*$")
_HTML = regex(r"^[ ]{0,3}<(?P<tag>[A-Za-z][A-Za-z0-9-]*)(?=[\s/>]|$)")
_VOID_TAGS = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_CLOSING = regex(r"</([A-Za-z][A-Za-z0-9-]*)>")
_ID = regex(r"[0-9a-f]{8,32}")


class Verb(StrEnum):
    """What can be asked."""

    RECHECK = "recheck"
    IGNORE = "ignore"
    UNIGNORE = "unignore"
    EXPLAIN = "explain"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command. `verb` is None for a word that is none: then `meant` is the nearest one, or None.

    `id` is the finding that it names (8 to 32 hex digits, a beginning of its identity), "" where it names none;
    `argument` is the rest of the line: the reason of an ignore, the rule of an explain.
    """

    line: str
    word: str
    verb: Verb | None
    meant: Verb | None = None
    id: str = ""
    argument: str = ""


def commands(text: str) -> tuple[SlashCommand, ...]:
    """The commands of a comment, in its order."""
    return tuple(_parsed(line) for _, line in zip(range(MAX_COMMANDS), command_lines(text), strict=False))


def only_commands(text: str) -> bool:
    """Whether a comment says nothing but commands: that is no answer to anybody."""
    said = [line for line in text.replace("\r", "").split("\n") if line.strip()]
    return bool(said) and all(_COMMAND.match(line) for line in said)


def command_lines(text: str) -> Iterator[str]:
    """The lines that contain a command, stripped."""
    text = text.replace("\r", "")
    if "/sealcheck" not in text.lower():
        return
    lines = list(_open_lines(text.split("\n")))
    spans = _code_spans(lines)
    for number, line in enumerate(lines):
        if number not in spans and _COMMAND.match(line):
            yield line.strip()


def _parsed(line: str) -> SlashCommand:
    word, _, rest = (line[len("/sealcheck") :].strip() or "help").partition(" ")
    rest = rest.strip()[:MAX_ARGUMENT_CHARS]
    verb = next((each for each in Verb if each == word.lower()), None)
    if verb is None:
        close = get_close_matches(word.lower()[:40], list(Verb), n=1, cutoff=0.6)
        return SlashCommand(line, word[:40], None, Verb(close[0]) if close else None)
    first, _, others = rest.partition(" ")
    if verb in {Verb.IGNORE, Verb.UNIGNORE, Verb.EXPLAIN} and _ID.fullmatch(first.lower()):
        return SlashCommand(line, word, verb, id=first.lower(), argument=others.strip())
    return SlashCommand(line, word, verb, argument=rest)


def _open_lines(lines: list[str]) -> Iterator[str]:
    """Every line in turn, those inside a block that is no running text as an empty one."""
    closed = {tag.lower(): number for number, line in enumerate(lines) for tag in _CLOSING.findall(line)}
    number = 0
    while number < len(lines):
        end = _block_end(lines, number, closed)
        if end is None:
            yield lines[number]
            number += 1
        else:
            yield from [""] * (end - number)
            number = end


def _block_end(lines: list[str], start: int, closed: Mapping[str, int]) -> int | None:
    """The number of the line behind the block that begins at `start`; None where none begins.

    A fence, a `>>>` quote and an HTML comment that nobody closes run to the end, as in GitLab; HTML runs to its
    closing tag (`closed`: tag -> number of the last line that closes one), else to the next empty line.
    """
    line = lines[start]
    fence = _FENCE.match(line)
    if fence and not (fence["ticks"][0] == "`" and "`" in fence["language"]):
        return _behind(lines, start + 1, lambda each: _closes(each, fence["ticks"]))
    if _QUOTE_BLOCK.match(line):
        return _behind(lines, start + 1, lambda each: _QUOTE_BLOCK.match(each) is not None)
    if "<!--" in line and "-->" not in line.rpartition("<!--")[2]:
        return _behind(lines, start + 1, lambda each: "-->" in each)
    html = _HTML.match(line)
    if html is None:
        return None
    tag = html["tag"].lower()
    closing = f"</{tag}>"
    if tag in _VOID_TAGS or closing in line.lower() or closed.get(tag, -1) < start:
        return _behind(lines, start, lambda each: not each.strip())
    return _behind(lines, start + 1, lambda each: closing in each.lower())


def _behind(lines: list[str], start: int, last: Callable[[str], bool]) -> int:
    """The number of the line behind the first one from `start` on that is the `last` of its block."""
    return next((number + 1 for number in range(start, len(lines)) if last(lines[number])), len(lines))


def _closes(line: str, ticks: str) -> bool:
    fence = _FENCE.match(line)
    return fence is not None and fence["ticks"].startswith(ticks) and not fence["language"].strip()


def _code_spans(lines: list[str]) -> set[int]:
    """The numbers of the lines that begin inside a code span, which may cross lines of one paragraph."""
    inside: set[int] = set()
    start = 0
    for number in range(len(lines) + 1):
        if number == len(lines) or not lines[number].strip():
            inside |= _spans_of(lines, start, number)
            start = number + 1
    return inside


def _spans_of(lines: list[str], start: int, end: int) -> set[int]:
    """The same for the paragraph of the lines `start` to `end` (without it): runs of backticks pair by length."""
    runs = [(number, len(run)) for number in range(start, end) for run in re.findall(r"`+", lines[number])]
    places: dict[int, list[int]] = {}
    for at, (_, length) in reversed(list(enumerate(runs))):
        places.setdefault(length, []).append(at)
    inside: set[int] = set()
    at = 0
    while at < len(runs):
        number, length = runs[at]
        later = places[length]
        while later and later[-1] <= at:
            later.pop()
        if later:
            closing = later[-1]
            inside.update(range(number + 1, runs[closing][0] + 1))
            at = closing
        at += 1
    return inside
