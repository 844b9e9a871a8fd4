"""A review as plain terminal text: place, code, comment, suggestion."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from typing import TYPE_CHECKING

from tests.gitlab_double.conversation import place, visible
from tests.gitlab_double.suggestions import inapplicable_reason

if TYPE_CHECKING:
    from tests.gitlab_double.model import Discussion, MergeRequest, Suggestion

WIDTH = 100
_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_SUGGESTION = re.compile(
    r"^(?P<fence>`{3,})suggestion[^\n]*\n.*?^(?P=fence)\s*$\n?", re.DOTALL | re.MULTILINE
)
_TAG = re.compile(r"</?(?:details|summary|b|i|em|strong|code|sub|sup|br|p)\b[^>]*>")
_LINK = re.compile(r"\[([^\]]+)\]\((?:[^)]+)\)")


def paint(text: str, *styles: str) -> str:
    """The text in colour where a person watches and has not said NO_COLOR."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return "".join(f"\x1b[{_COLOURS[each]}m" for each in styles) + text + "\x1b[0m"


def thread(discussion: Discussion) -> str:
    """A thread with its place, the lines it is on, its comments and suggestions."""
    mark = paint("resolved", "green") if discussion.resolved else paint("open", "yellow")
    lines = [f"{paint(place(discussion), 'bold', 'cyan')}  [{mark}]", *_code(discussion)]
    for note in discussion.notes:
        if note.system:
            lines.append(paint(f"    * {note.author.username} {note.body}", "dim"))
            continue
        lines.append(f"    {paint(note.author.name, 'bold')} wrote:")
        lines += [f"    {line}".rstrip() for line in comment(note.body)]
        for suggestion in note.suggestions:
            lines += [f"    {line}" for line in change(suggestion)]
    return "\n".join(lines)


def comment(body: str) -> list[str]:
    """The comment's text, wrapped, without its suggestions (shown as changes) and hidden parts."""
    text = _LINK.sub(r"\1", _TAG.sub("", _SUGGESTION.sub("", visible(body)))).replace("**", "")
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fenced ^= line.startswith("```")
        if fenced or not line.strip():
            lines.append(line.rstrip())
        else:
            indent = " " * (len(line) - len(line.lstrip()))
            lines += textwrap.wrap(line, WIDTH - 4, subsequent_indent=indent, break_long_words=False)
    squeezed = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    while squeezed and not squeezed[-1]:
        squeezed.pop()
    return squeezed


def change(suggestion: Suggestion) -> list[str]:
    """A suggestion as the change that it is."""
    why = inapplicable_reason(suggestion)
    mark = "applied" if suggestion.applied else "Apply suggestion" if why is None else why
    head = f"Suggested change, {lines_of(suggestion)}  ({mark})"
    old = [paint(f"  - {line}", "red") for line in _split(suggestion.from_content)]
    new = [paint(f"  + {line}", "green") for line in _split(suggestion.to_content)]
    return [paint(head, "dim"), *old, *new]


def lines_of(suggestion: Suggestion) -> str:
    """Which lines it replaces, in words."""
    first, last = suggestion.from_line, suggestion.to_line
    return f"line {first}" if first == last else f"lines {first} to {last}"


def summary(merge_request: MergeRequest) -> str:
    """One line: how many threads, how many of them resolved."""
    threads = [each for each in merge_request.discussions if each.resolvable]
    done = sum(each.resolved for each in threads)
    return f"{len(threads)} threads, {done} resolved, {len(threads) - done} open"


def _split(content: str) -> list[str]:
    return content.removesuffix("\n").split("\n") if content else []


def _code(discussion: Discussion) -> list[str]:
    position = discussion.first.position
    if not position or not position["new_line"]:
        return []
    blob = discussion.merge_request.project.repository.blob(position["head_sha"], position["new_path"]) or b""
    lines = blob.decode(errors="replace").split("\n")
    at = position["new_line"]
    shown = range(max(1, at - 1), at + 1)
    return [
        paint(f"  {number:>4} | {lines[number - 1]}", "bold" if number == at else "dim") for number in shown
    ]
