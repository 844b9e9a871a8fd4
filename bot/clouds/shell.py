"""Commands of cloud tools in scripts, CI jobs and Markdown: their words with the script's own variables filled in."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.clouds.hints import COMMAND, SCRIPTS
from bot.clouds.values import UnknownValue
from bot.documents.location import Place, Span
from bot.documents.nodes import Scalar, Style
from bot.documents.shell import parse_shell
from bot.documents.shell_nodes import Expansion, Literal
from bot.lazy import dataclass
from bot.vault.scripts import crowded, scripts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Unreadable
    from bot.documents.shell_nodes import Command, Script, Word


@dataclass(slots=True, eq=False)
class CloudCall:
    """One command. `words` are its words, `stdin` the here-document that feeds it."""

    words: list[Scalar]
    span: Span
    stdin: Scalar | None = None

    def options(self, name: str) -> tuple[Scalar, ...]:
        """Return every value of an option, `--name value` and `--name=value`; of `-n` for a name of one letter."""
        flag = f"--{name}" if len(name) > 1 else f"-{name}"
        found = []
        for index, word in enumerate(self.words):
            if word.text == flag and index + 1 < len(self.words):
                found.append(self.words[index + 1])
            elif word.text.startswith(flag + "="):
                found.append(part_of(word, len(flag) + 1))
        return tuple(found)

    def option(self, name: str) -> Scalar | None:
        """Return the last value of an option, or None."""
        found = self.options(name)
        return found[-1] if found else None


def part_of(word: Scalar, start: int, end: int | None = None) -> Scalar:
    """Return a part of a word, from `start` (0-based) up to `end`."""
    text = word.text[start:end]
    first = word.place(start)
    last = word.place(start + max(len(text) - 1, 0))
    span = Span(word.span.path, first.line, first.column, last.line, last.column + 1)
    locate = lambda offset: word.place(start + offset)  # noqa: E731 - a closure
    if isinstance(word, UnknownValue) and re.search(r"[$`]", text):
        return UnknownValue(None, text, span, word.style, None, locate)
    return Scalar(text, text, span, word.style, None, locate)


def calls_in(documents: Documents) -> Iterator[CloudCall]:
    """Yield the commands of every script that mentions a cloud's trust, in the order of the files."""
    for script in scripts_of(documents, _may_command, SCRIPTS):
        yield from _calls(script.path, script.text, script.place)


def crowded_documents(documents: Documents) -> Iterator[Unreadable]:
    """Yield each document of which the commands are left out: they are too many for examples."""
    return crowded(documents, _may_command, SCRIPTS)


def _may_command(text: str) -> bool:
    return COMMAND.search(text) is not None


def _calls(path: str, text: str, place: Callable[[int], Place]) -> Iterator[CloudCall]:
    script = parse_shell(text)
    reader = _CloudCommandReader(path, text, place, _variables(script))
    for command in script.commands():
        yield reader.call(command)


def _variables(script: Script) -> dict[str, Word]:
    """Return the variables that are set once."""
    found: dict[str, Word | None] = {}
    for command in script.commands():
        for each in (*command.assignments, *command.declared):
            single = each.name not in found and not each.append and each.elements is None
            found[each.name] = each.value if single else None
    return {name: word for name, word in found.items() if word is not None}


class _CloudCommandReader:
    """Turns the commands of one script into calls."""

    def __init__(
        self, path: str, text: str, place: Callable[[int], Place], variables: dict[str, Word]
    ) -> None:
        self._path = path
        self._text = text
        self._place = place
        self._variables = variables

    def call(self, command: Command) -> CloudCall:
        heredoc = command.heredoc
        stdin = self._scalar(heredoc.target) if heredoc is not None and heredoc.target is not None else None
        words = [self._scalar(word) for word in command.words]
        return CloudCall(words, self._span(command.start, command.end), stdin)

    def _scalar(self, word: Word) -> Scalar:
        texts: list[str] = []
        offsets: list[int] = []
        sources: list[int] = []
        known = True
        length = 0
        for part in word.parts:
            text = part.text if isinstance(part, Literal) else self._value_of(part)
            if text is None:
                text = self._text[part.start : part.end]
                known = False
            offsets.append(length)
            sources.append(
                part.start + (isinstance(part, Literal) and part.quoted and part.end - part.start > len(text))
            )
            texts.append(text)
            length += len(text)

        def locate(offset: int) -> Place:
            if not sources:
                return self._place(word.start)
            run = max(bisect_right(offsets, offset) - 1, 0)
            return self._place(sources[run] + offset - offsets[run])

        whole = "".join(texts)
        span = self._span(word.start, word.end)
        if known:
            return Scalar(whole, whole, span, Style.PLAIN, None, locate)
        return UnknownValue(None, whole, span, Style.PLAIN, None, locate)

    def _value_of(self, part: object, depth: int = 0) -> str | None:
        """Return what a variable of the script holds; None where that is not known."""
        if not isinstance(part, Expansion) or part.operator or part.length or part.indirect or part.subscript:
            return None
        word = self._variables.get(part.name)
        if word is None or depth > 5:  # noqa: PLR2004 - variables of variables
            return None
        texts = [
            each.text if isinstance(each, Literal) else self._value_of(each, depth + 1) for each in word.parts
        ]
        return None if any(text is None for text in texts) else "".join(text or "" for text in texts)

    def _span(self, start: int, end: int) -> Span:
        first, last = self._place(start), self._place(max(end - 1, start))
        return Span(self._path, first.line, first.column, last.line, last.column + 1)
