"""The one gate for text that comes from a repository, on its way into a comment.

A comment is Markdown that GitLab renders, mails, and searches for commands, and it runs with the bot's rights: a branch
called `@all`, a job called `/merge` or a path with a fence in it must stay text. Nothing passes but through here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.facts.credentials import shapes_in, values_in
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PROSE_CHARS = 1200
MAX_CODE_CHARS = 160
MAX_READ_CHARS = 20_000
MAX_BLOCK_LINES = 60
MAX_BLOCK_CHARS = 6000

# Outside code spans GitLab makes mentions, references, links, emoji and HTML of these.
_RISKY = regex(r"[@#!~%$^&<>\[\]\\|*{}]|://|www\.|__|(?<!\w):\w|^/|(?<!\w)_|_(?!\w)")
# At the beginning of a paragraph these make a list, a rule or a heading.
_LEADING = regex(r"^(?:[-+=]+|\d+[.)])(?=\s|$)")
_SPANS = regex(r"`([^`]*)`")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories of characters that do not show: controls, bidi and zero-width marks, line separators."""
_BLANK = regex("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0e\U000e0100-\U000e01ef]")
"""Letters, marks and selectors that do not show either (Unicode: Default_Ignorable_Code_Point; empty Braille)."""
_COMMAND_LINE = regex(r"^[ \t]*/\w", re.MULTILINE)


def visible(text: str) -> str:
    """`text` on one line, with every character that does not show written as U+XXXX."""
    return "".join(map(_shown, re.sub(r"[\r\n\t ]+", " ", text))).strip()


def masked(text: str) -> str:
    """`text` with everything that has a credential's form replaced: a last line of defence, sentences hold none."""
    return _without(text, shapes_in(text))


def masked_lines(text: str) -> str:
    """The same for lines of a file, which may contain any secret: also literals under a name that promises one."""
    return _without(text, values_in(text))


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    shown, behind = [], 0
    for start, end in sorted(places):
        if start >= behind:
            shown += [text[behind:start], "***"]
        behind = max(behind, end)
    return "".join([*shown, text[behind:]])


def code(text: str, limit: int = MAX_CODE_CHARS) -> str:
    """`text` as one code span: no mention, reference, command or HTML works in there."""
    text = _cut(visible(masked_lines(_beginning(text))), limit) or " "
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or len(ticks) > 1 else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(text: str) -> str:
    """`text` as a code span inside a table: a bar would end the cell, also one behind an escaped backslash."""
    return re.sub(r"\\(?=\|)", r"\\ ", code(text)).replace("|", "\\|")


def prose(text: str, limit: int = MAX_PROSE_CHARS) -> str:
    """A rule's sentence, in which names are between backticks, as Markdown that says just that.

    A backtick inside a name may pair otherwise than it was meant; whatever then is outside a code span is
    escaped all the same.
    """
    text = _cut(visible(masked(_beginning(text))), limit)
    if text.count("`") % 2:
        text = text.replace("`", "'")
    parts = _SPANS.split(text)
    spoken = (code(part, limit) if number % 2 else _outside(part) for number, part in enumerate(parts))
    return _LEADING.sub(lambda mark: f"`{mark[0]}`", "".join(spoken))


def _outside(text: str) -> str:
    text = text.replace(" -> ", " → ")
    return re.sub(r"\S+", lambda word: code(word[0]) if _RISKY.search(word[0]) else word[0], text)


def fence(text: str) -> str:
    """A fence that no line of `text` can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def block(text: str, language: str = "") -> str:
    """`text` as a fenced block, cut to a size that people read. For show: not for what must stay exact."""
    lines = masked_lines(text).replace("\r", "").split("\n")
    kept = [_in_block(line) for line in lines[:MAX_BLOCK_LINES]]
    if len(lines) > len(kept):
        kept.append(f"... {len(lines) - len(kept)} more lines")
    body = "\n".join(kept)
    ticks = fence(body)
    return f"{ticks}{language}\n{body}\n{ticks}"


def _in_block(line: str) -> str:
    """A line for show. GitLab skips only fences of three when it looks for commands: no line begins with a slash."""
    line = _cut("".join(char if char == "\t" else _shown(char) for char in line), MAX_PROSE_CHARS)
    return f" {line}" if line.startswith("/") else line


def exact(text: str) -> bool:
    """Whether `text` may be in a suggestion as it is: it must not be changed there, so it must be harmless.

    Not so: a line that GitLab could take for a command, characters that do not show, a credential, or a size nobody
    reads.
    """
    return (
        len(text) <= MAX_BLOCK_CHARS
        and not _COMMAND_LINE.search(text.replace("\r", ""))
        and all(_shown(char) == char for char in text if char not in "\t\n")
        and masked_lines(text) == text
    )


def _shown(char: str) -> str:
    if unicodedata.category(char) in _HIDDEN or _BLANK.match(char):
        return f"U+{ord(char):04X}"
    return char


def _beginning(text: str) -> str:
    """As much of a text as may ever be shown on one line, in whole words: nobody waits for the rest of a megabyte."""
    if len(text) <= MAX_READ_CHARS:
        return text
    kept = text[:MAX_READ_CHARS]
    end = max(kept.rfind(" "), kept.rfind("\n"))
    return kept[:end] if end > 0 else kept


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
