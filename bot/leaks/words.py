"""What the words of a script expand to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.shell_nodes import (
    Arithmetic,
    Assignment,
    Expansion,
    Literal,
    Part,
    ProcessSubstitution,
    Substitution,
    Word,
)
from bot.lazy import regex
from bot.leaks.fields import lines_of, words_of
from bot.leaks.model import LeakedForm
from bot.leaks.parameters import (
    CHECKING,
    DEFAULTING,
    REPLACING_SET,
    defaulted,
    expands_argument,
    needs_default,
    transformed,
)
from bot.leaks.state import stepped
from bot.leaks.values import EMPTY, UNKNOWN, Stream, Streams, Value, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.shell_nodes import Block, Command
    from bot.leaks.state import ScriptState

_ALL: Final = frozenset({"@", "*"})
_NUMBER: Final = regex(r"\d+")
_OF_THE_SHELL: Final = frozenset({"?", "$", "!", "-", "#", "_"})
_FIRST_PIPE: Final = 61
_ELEMENT_KEY: Final = regex(r"\[[\"']?([^\]\"']*)[\"']?\]\+?=$")
_KEY_LENGTH: Final = 80
"""characters in front of an array's element in which its key is looked for"""


class Words:
    """Expands words to values. `subshell` runs a block in a shell of its own, `write` writes to a stream."""

    def __init__(
        self,
        state: ScriptState,
        subshell: Callable[[Block, Streams], object],
        write: Callable[[Stream, Value, Command | None], None],
    ) -> None:
        self._state = state
        self._subshell = subshell
        self._write = write

    def value(self, word: Word | None, streams: Streams) -> Value:
        """The value of one word, taken as one text."""
        if word is None or not word.parts:
            return EMPTY
        if len(word.parts) == 1:
            return self._part(word.parts[0], streams)
        return joined([self._part(part, streams) for part in word.parts])

    def values(self, words: tuple[Word, ...], streams: Streams) -> list[Value]:
        """The values of words, with `"$@"` and `"${array[@]}"` taken apart."""
        values: list[Value] = []
        for word in words:
            only = word.parts[0] if len(word.parts) == 1 else None
            if isinstance(only, Literal):  # as most are
                has_braces = "{" in only.text and not only.quoted
                values += [Value(text) for text in _braces(only.text)] if has_braces else [_literal(only)]
            elif isinstance(only, Expansion) and not only.operator and not only.length and not only.indirect:
                values += self._fields(only, streams)
            else:
                value = self.value(word, streams)
                values.append(lines_of(value, LeakedForm.LINES) if value.flows and _is_split(word) else value)
        return values

    def _fields(self, only: Expansion, streams: Streams) -> list[Value]:
        """The words that a plain `$NAME` expands to."""
        shell = self._state.shell
        if only.name in _ALL:
            return list(shell.positional)
        if only.subscript in _ALL and only.name in shell.arrays:
            return list(shell.arrays[only.name].values())
        value = self._part(only, streams)
        if only.quoted:
            return [value]
        if value.text is None:
            return [lines_of(each, LeakedForm.LINES) for each in words_of(value)]
        if " " in value.text and not value.flows:
            return [Value(text) for text in value.text.split()]
        return [value] if value.text else []

    def _part(self, part: Part, streams: Streams) -> Value:
        """The value of one part of a word."""
        if isinstance(part, Literal):
            return _literal(part)
        if isinstance(part, Expansion):
            return self._expansion(part, streams)
        if isinstance(part, Substitution):
            frames = self._state.frames
            frames.append(frames[-1] if frames else (part.start, part.end))
            value = self.captured(part.body, streams)
            frames.pop()
            return value
        if isinstance(part, ProcessSubstitution):
            return self._process(part, streams)
        assert isinstance(part, Arithmetic)  # noqa: S101 - the last of the union
        for inner in part.inner:
            self._part(inner, streams)
        return UNKNOWN

    def captured(self, block: Block, streams: Streams) -> Value:
        """The standard output of a block that runs in a subshell."""
        keep = Stream("capture")
        self._subshell(block, Streams(streams.stdin, {**streams.outputs, 1: keep}, dict(streams.inputs)))
        return keep.captured()

    def _process(self, part: ProcessSubstitution, streams: Streams) -> Value:
        """`<(...)` and `>(...)`: the path of a pipe."""
        state = self._state
        path = f"/dev/fd/{state.number() + _FIRST_PIPE - 1}"
        if part.direction == "<":
            value = self.captured(part.body, streams)
            state.files.flows[path] = value.flows
            if value.text is not None:
                state.files.texts[path] = value.text
            return Value(path)
        unit, inner = state.unit, streams.copy()

        def feed(value: Value) -> None:
            outer, state.unit = state.unit, unit
            self._subshell(part.body, Streams(value, inner.outputs))
            state.unit = outer

        state.files.feeds[path] = feed
        return Value(path)

    # -- parameters --------------------------------------------------------------------------------

    def _expansion(self, part: Expansion, streams: Streams) -> Value:
        """The value of `$NAME` and its relatives."""
        if part.length:
            return UNKNOWN
        value = self._indirect(part) if part.indirect else self._variable(part)
        return self._operated(part, value, streams) if part.operator else value

    def _variable(self, part: Expansion) -> Value:
        name = part.name
        shell = self._state.shell
        if name in _ALL:
            return joined(shell.positional, " ")
        if name.isdigit():
            index = int(name)
            if index == 0:
                return shell.variables.get(name, UNKNOWN)
            return shell.positional[index - 1] if index <= len(shell.positional) else EMPTY
        if name in _OF_THE_SHELL:
            return UNKNOWN
        items = shell.arrays.get(name) if part.subscript is not None else None
        if items is None or part.subscript is None:
            return self._state.lookup(name)
        return self._element(items, part.subscript)

    def _element(self, items: dict[str, Value], subscript: str) -> Value:
        if subscript in _ALL:
            return joined(items.values(), " ")
        key = self._key(subscript)
        if key in items:
            return items[key]
        return items.get("?", EMPTY) if _NUMBER.fullmatch(key) else joined(items.values())

    def _key(self, subscript: str) -> str:
        found = re.fullmatch(r"[\"']?\$\{?(\w+)\}?[\"']?", subscript)
        if found:
            return self._state.lookup(found[1]).text or "?"
        return subscript.strip("\"'")

    def _indirect(self, part: Expansion) -> Value:
        if part.subscript in _ALL or part.operator in _ALL:
            return UNKNOWN
        name = self._variable(part).text
        if name is None:
            return Value(None, self._state.environment())
        return self._state.lookup(name) if re.fullmatch(r"[A-Za-z_]\w*", name) else UNKNOWN

    def _operated(self, part: Expansion, value: Value, streams: Streams) -> Value:
        operator, argument = part.operator, part.argument
        if operator in REPLACING_SET:
            replaced = self.value(argument, streams)
            return EMPTY if value.text == "" and not self._is_enough(part) else replaced
        if operator in DEFAULTING:
            if not needs_default(value) or (value.text == "" and self._is_enough(part)):
                return value
            fallback = self.value(argument, streams)
            result = defaulted(value, fallback, is_set=part.name in self._state.shell.variables)
            if "=" in operator:
                self._state.assign(part.name, result)
            return result
        if operator in CHECKING:
            message = self.value(argument, streams)
            if message.flows and needs_default(value):
                self._write(streams.err, message, None)
            return value
        given = self.value(argument, streams) if expands_argument(operator) else EMPTY
        return transformed(operator, value, given, argument)

    def _is_enough(self, part: Expansion) -> bool:
        """Whether the variable is set, and its operator (`-`, `+`, `=` without a colon) asks for no more."""
        return not part.operator.startswith(":") and part.name in self._state.shell.variables

    # -- assignments -------------------------------------------------------------------------------

    def assign(self, assignment: Assignment, streams: Streams) -> Value:
        """Carry out an assignment; return its value."""
        state = self._state
        if assignment.elements is not None:
            return self._assign_array(assignment, assignment.elements, streams)
        value = self.value(assignment.value, streams)
        if assignment.subscript is not None:
            span = state.unit.span(assignment.start, assignment.end)
            items = state.shell.arrays.setdefault(assignment.name, {})
            items[self._key(assignment.subscript)] = stepped(value, span, assignment.name)
            return value
        held = joined([state.lookup(assignment.name), value]) if assignment.append else value
        # the place is of interest only where there is a secret
        span_of_secret = state.unit.span(assignment.start, assignment.end) if held.flows else None
        state.assign(assignment.name, held, span_of_secret)
        return value

    def _assign_array(self, assignment: Assignment, elements: tuple[Word, ...], streams: Streams) -> Value:
        state = self._state
        span = state.unit.span(assignment.start, assignment.end)
        values = self.values(elements, streams)
        items = dict(state.shell.arrays.get(assignment.name, {})) if assignment.append else {}
        for word, value in zip(elements, values, strict=False):
            found = _ELEMENT_KEY.search(state.unit.text[max(0, word.start - _KEY_LENGTH) : word.start])
            items[found[1] if found else str(len(items))] = stepped(value, span, assignment.name)
        for value in values[len(elements) :]:
            items[str(len(items))] = value
        state.shell.arrays[assignment.name] = items
        state.shell.variables.pop(assignment.name, None)
        return joined(values, " ")


def _literal(part: Literal) -> Value:
    text = part.text
    is_home = text[:1] == "~" and text[1:2] in {"", "/"} and not part.quoted
    return Value("/root" + text[1:] if is_home else text)


def _is_split(word: Word) -> bool:
    """Whether the shell splits the word at blanks and line breaks: an expansion in it is not quoted."""
    return any(isinstance(part, Expansion | Substitution) and not part.quoted for part in word.parts)


def _braces(text: str) -> list[str]:
    found = re.search(r"\{([^{}\s]*,[^{}\s]*)\}", text)
    if not found:
        return [text]
    return [text[: found.start()] + middle + text[found.end() :] for middle in found[1].split(",")]
