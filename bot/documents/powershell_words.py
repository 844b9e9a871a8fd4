"""The command lines of a PowerShell script as words with places, variables of literal texts filled in.

Quoting: learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules (2026-11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

_MAX_CHARACTERS: Final = 500_000
# The grammar does not read `--name="a value"`, which PowerShell hands to a program as one word. A blank there keeps
# every place, and to the tools that are read here it means the same.
_JOINED: Final = regex(r"(?<=\s)(--[\w-]+)=(?=[\w\"'$@/:])")
_HERE: Final = regex(r"@(?P<quote>['\"])[ \t]*\r?\n(?P<text>.*)\r?\n(?P=quote)@", re.DOTALL)
_VARIABLE: Final = regex(r"\$(?:\{(?P<braced>[\w:]+)\}|(?P<plain>\w+))")
_ESCAPES: Final = regex(r"`(.)", re.DOTALL)
_TEXTS: Final = frozenset(
    {"string_literal", "generic_token", "command_parameter", "variable", "command_name"}
)


@dataclass(frozen=True, slots=True)
class PowerShellWord:
    """A word. `start` is where its text begins (0-based, in the script); `known`: False where a part of it is not."""

    text: str
    start: int
    known: bool = True


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command: its words, its name first; it ends before `end`."""

    words: tuple[PowerShellWord, ...]
    start: int
    end: int


def command_lines(text: str) -> tuple[CommandLine, ...]:
    """The commands of `text` in order, those in blocks too. What the grammar does not read is left out."""
    if len(text) > _MAX_CHARACTERS:
        return ()
    import tree_sitter  # noqa: PLC0415 - heavy, and seldom needed
    import tree_sitter_powershell  # noqa: PLC0415 - the same

    source = _JOINED.sub(r"\1 ", text).encode(errors="replace")
    language = tree_sitter.Language(tree_sitter_powershell.language())
    return tuple(_PowerShellReader(source).read(tree_sitter.Parser(language).parse(source).root_node))


class _PowerShellReader:
    """Reads one script from top to bottom."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._variables: dict[str, PowerShellWord] = {}

    def read(self, node: tree_sitter.Node) -> Iterator[CommandLine]:
        if node.type == "assignment_expression":
            self._assign(node)
        if node.type == "command":
            words = tuple(self._words(node))
            if words:
                yield CommandLine(words, self._offset(node.start_byte), self._offset(node.end_byte))
        for child in node.children:
            yield from self.read(child)

    def _assign(self, node: tree_sitter.Node) -> None:
        name = _name(self._text(node.children[0]))
        texts = list(self._texts(node.children[-1]))
        if len(texts) == 1 and texts[0].known and texts[0].text == self._bare(self._text(node.children[-1])):
            self._variables[name] = texts[0]
        else:
            self._variables.pop(name, None)

    def _words(self, command: tree_sitter.Node) -> Iterator[PowerShellWord]:
        for child in command.children:
            if child.type in {"command_name", "command_name_expr"}:
                yield from self._texts(child)
            elif child.type == "command_elements":
                for part in child.children:
                    if part.type != "command_argument_sep":
                        yield from self._texts(part)

    def _texts(self, node: tree_sitter.Node) -> Iterator[PowerShellWord]:
        """Yield the words that a node stands for: one, or one for each item of an array."""
        if node.type in _TEXTS:
            yield self._word(self._text(node), self._offset(node.start_byte))
            return
        for child in node.children:
            yield from self._texts(child)

    def _word(self, raw: str, start: int) -> PowerShellWord:
        here = _HERE.fullmatch(raw)
        if here is not None:
            return self._filled(here["text"], start + here.start("text"), literal=here["quote"] == "'")
        if raw[:1] in {"'", '"'} and raw[-1:] == raw[:1] and len(raw) > 1:
            return self._filled(raw[1:-1], start + 1, literal=raw[0] == "'")
        return self._filled(raw, start, literal=False)

    def _filled(self, text: str, start: int, *, literal: bool) -> PowerShellWord:
        if literal:
            return PowerShellWord(text.replace("''", "'"), start)
        whole = _VARIABLE.fullmatch(text)
        if whole is not None:
            return self._variables.get(_name(text), PowerShellWord(text, start, known=False))
        found = [self._variables.get(_name(each[0])) for each in _VARIABLE.finditer(text)]
        known = all(each is not None for each in found) and "$(" not in text
        if known and found:
            text = _VARIABLE.sub(lambda each: self._variables[_name(each[0])].text, text)
        return PowerShellWord(_ESCAPES.sub(r"\1", text) if known else text, start, known)

    def _bare(self, raw: str) -> str:
        return self._word(raw.strip(), 0).text

    def _text(self, node: tree_sitter.Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode(errors="replace")

    def _offset(self, byte: int) -> int:
        return len(self._source[:byte].decode(errors="replace"))


def _name(text: str) -> str:
    return text.strip().lstrip("$").strip("{}").lower()
