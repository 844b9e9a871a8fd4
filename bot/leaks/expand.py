"""What the words of a script expand to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.shell_nodes import (
    Arithmetic,
    Assignment,
    Block,
    Expansion,
    Literal,
    Part,
    ProcessSubstitution,
    Substitution,
    Word,
)
from bot.leaks.machine import Machine
from bot.leaks.values import EMPTY, UNKNOWN, Form, Stream, Streams, Value, changed, either, joined, merged

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Statement
    from bot.leaks.values import Flow

_ALL: Final = frozenset({"@", "*"})
_NUMBER: Final = re.compile(r"\d+")
_HIDES_ALL: Final = frozenset(
    {"?", "*", "[^ ]", "[[:print:]]", "[[:graph:]]", "[a-zA-Z0-9]", "[A-Za-z0-9]", "[!x]"}
)


class Expander(Machine):
    """Words to values."""

    def run(self, statement: Statement, streams: Streams) -> bool | None:
        """Run one statement."""
        raise NotImplementedError

    def run_block(self, block: Block, streams: Streams) -> bool | None:
        """Run statements; whether they succeed, None where that is not known."""
        raise NotImplementedError

    def capture(self, block: Block, streams: Streams) -> Value:
        """The standard output of a block that runs in a subshell."""
        keep = Stream("capture")
        inner = Streams(streams.stdin, {**streams.outputs, 1: keep})
        self.in_subshell(block, inner)
        return keep.captured()

    def in_subshell(self, block: Block, streams: Streams) -> bool | None:
        """Run a block in a shell of its own."""
        outer = self.shell
        self.shell = outer.copy()
        status = self.run_block(block, streams)
        trap = self.shell.traps.get("EXIT")
        if trap and trap != outer.traps.get("EXIT"):
            self.run_text(trap, streams)
        self.shell = outer
        return status

    def run_text(self, text: str, streams: Streams) -> bool | None:
        """Run the text of an `eval`, a `trap`, a `bash -c`: its leaks stand where the command that runs it stands."""
        raise NotImplementedError

    def word(self, word: Word | None, streams: Streams) -> Value:
        """The value of one word, taken as one text."""
        if word is None or not word.parts:
            return EMPTY
        parts = word.parts
        first = parts[0]
        if len(parts) == 1:
            if isinstance(first, Literal) and not (first.text.startswith("~") and not first.quoted):
                return Value(first.text)
            return self.part(first, streams)
        values = [self.part(part, streams) for part in parts]
        return joined(values)

    def words(self, words: tuple[Word, ...], streams: Streams) -> list[Value]:
        """The values of words, with `"$@"` and `"${array[@]}"` taken apart."""
        values: list[Value] = []
        for word in words:
            only = word.parts[0] if len(word.parts) == 1 else None
            if isinstance(only, Expansion) and not only.operator and not only.length and not only.indirect:
                if only.name in _ALL:
                    values += self.shell.positional
                    continue
                if only.subscript in _ALL and only.name in self.shell.arrays:
                    values += self.shell.arrays[only.name].values()
                    continue
                value = self.part(only, streams)
                if not only.quoted and value.text is not None and " " in value.text and not value.flows:
                    values += [Value(text) for text in value.text.split()]
                    continue
                if not only.quoted and value.text == "":
                    continue
                values.append(value)
                continue
            if isinstance(only, Literal) and not only.quoted and "{" in only.text:
                values += [Value(text) for text in _braces(only.text)]
                continue
            values.append(self.word(word, streams))
        return values

    def part(self, part: Part, streams: Streams) -> Value:
        """The value of one part of a word."""
        if isinstance(part, Literal):
            if (
                part.text.startswith("~")
                and not part.quoted
                and (part.text == "~" or part.text.startswith("~/"))
            ):
                return Value("/root" + part.text[1:])
            return Value(part.text)
        if isinstance(part, Expansion):
            return self.expansion(part, streams)
        if isinstance(part, Substitution):
            self.frames.append((part.start, part.end) if not self.frames else self.frames[-1])
            value = self.capture(part.body, streams)
            self.frames.pop()
            return value
        if isinstance(part, ProcessSubstitution):
            return self._process(part, streams)
        assert isinstance(part, Arithmetic)  # noqa: S101 - the last of the union
        for inner in part.inner:
            self.part(inner, streams)
        return UNKNOWN

    def _process(self, part: ProcessSubstitution, streams: Streams) -> Value:
        self.counter += 1
        path = f"/dev/fd/{self.counter + 60}"
        if part.direction == "<":
            value = self.capture(part.body, streams)
            self.files[path] = value.flows
            if value.text is not None:
                self.texts[path] = value.text
        else:
            self.deferred[path] = (part.body, streams.copy(), self.unit)
        return Value(path)

    def feed(self, path: str, value: Value) -> None:
        """Output goes to a process substitution `>(...)`."""
        body, streams, unit = self.deferred[path]
        outer, self.unit = self.unit, unit
        self.in_subshell(body, Streams(value, streams.outputs))
        self.unit = outer

    def expansion(self, part: Expansion, streams: Streams) -> Value:
        """The value of `$NAME` and its relatives."""
        if part.length:
            return UNKNOWN
        if part.indirect:
            return self._indirect(part)
        value = self._variable(part, streams)
        if part.operator:
            value = self._operated(part, value, streams)
        return value

    def _variable(self, part: Expansion, streams: Streams) -> Value:  # noqa: ARG002, PLR0911 - the signature is shared
        name = part.name
        if name in _ALL:
            return joined(self.shell.positional, " ")
        if name.isdigit():
            index = int(name)
            positional = self.shell.positional
            if index == 0:
                return UNKNOWN
            return positional[index - 1] if index <= len(positional) else EMPTY
        if name in {"?", "$", "!", "-", "#", "_"}:
            return UNKNOWN
        if part.subscript is not None:
            items = self.shell.arrays.get(name)
            if items is None:
                return self.lookup(name)
            if part.subscript in _ALL:
                return joined(items.values(), " ")
            key = self._key(part.subscript)
            if key in items:
                return items[key]
            return EMPTY if _NUMBER.fullmatch(key) and "?" not in items else joined(items.values())
        return self.lookup(name)

    def _key(self, subscript: str) -> str:
        found = re.fullmatch(r"[\"']?\$\{?(\w+)\}?[\"']?", subscript)
        if found:
            return self.lookup(found[1]).text or "?"
        return subscript.strip("\"'")

    def _indirect(self, part: Expansion) -> Value:
        if part.subscript in _ALL or part.operator in _ALL:
            return UNKNOWN
        name = self._variable(part, Streams(EMPTY, {})).text
        if name is None:
            return Value(None, self.environment())
        return self.lookup(name) if re.fullmatch(r"[A-Za-z_]\w*", name) else UNKNOWN

    def _operated(self, part: Expansion, value: Value, streams: Streams) -> Value:  # noqa: C901, PLR0911 - one branch for each case
        operator, argument = part.operator, part.argument
        if operator in {":+", "+"}:
            replaced = self.word(argument, streams)
            return EMPTY if value.text == "" else replaced
        if operator in {":-", "-", ":=", "="}:
            if value.secrets and all(f.source.origin != "named" for f in value.secrets):
                return value
            if value.text:
                return value
            fallback = self.word(argument, streams)
            result = (
                fallback
                if value.text == "" and part.name in self.shell.variables
                else either(value, fallback)
            )
            if "=" in operator:
                self.assign(part.name, result)
            return result
        if operator in {":?", "?"}:
            self.word(argument, streams)
            return value
        if operator == ":":
            return Value(None, () if _is_empty_slice(argument) else changed(value.flows, Form.PART))
        if operator in {"%", "%%", "#", "##"}:
            return self._stripped(operator, value, self.word(argument, streams))
        if operator.startswith("/"):
            return self._replaced(operator, value, argument, streams)
        if operator == "@Q":
            return Value(None, changed(value.flows, Form.CHANGED))
        if operator.startswith("@"):
            return value
        return Value(None, changed(value.flows, Form.CHANGED))

    @staticmethod
    def _stripped(operator: str, value: Value, pattern: Value) -> Value:
        if value.text is not None and pattern.text is not None and not value.secrets:
            return Value(_strip(operator, value.text, pattern.text), value.flows)
        if pattern.text == "*" and len(operator) == 2:  # noqa: PLR2004 - %% and ##
            return Value("")
        return Value(None, changed(value.flows, Form.PART))

    def _replaced(self, operator: str, value: Value, argument: Word | None, streams: Streams) -> Value:
        text = self.word(argument, streams)
        if text.text is not None and value.text is not None and not value.secrets:
            old, _, new = text.text.partition("/")
            if not set(old) & set("*?["):
                return Value(value.text.replace(old, new, -1 if operator == "//" else 1), value.flows)
        pattern = (text.text or "").partition("/")[0]
        if (operator == "//" and pattern in _HIDES_ALL) or pattern == "*":
            return Value(None, text.flows)
        return Value(None, merged((*changed(value.flows, Form.CHANGED), *text.flows)))

    def set_variable(self, assignment: Assignment, streams: Streams) -> Value:
        """Carry out an assignment; its value."""
        if assignment.elements is not None:
            span = self.unit.span(assignment.start, assignment.end)
            values = self.words(assignment.elements, streams)
            items = self.shell.arrays.get(assignment.name, {}) if assignment.append else {}
            keys = _ELEMENT_KEYS
            fresh = dict(items)
            for word, value in zip(assignment.elements, values, strict=False):
                found = keys.search(self.unit.text[max(0, word.start - 80) : word.start])
                key = found[1] if found else str(len(fresh))
                fresh[key] = Value(
                    value.text, tuple(self.stepped(f, span, assignment.name) for f in value.flows)
                )
            for value in values[len(assignment.elements) :]:
                fresh[str(len(fresh))] = value
            self.shell.arrays[assignment.name] = fresh
            self.shell.variables.pop(assignment.name, None)
            return joined(values, " ")
        value = self.word(assignment.value, streams)
        if assignment.subscript is not None:
            span = self.unit.span(assignment.start, assignment.end)
            items = self.shell.arrays.setdefault(assignment.name, {})
            items[self._key(assignment.subscript)] = Value(
                value.text, tuple(self.stepped(f, span, assignment.name) for f in value.flows)
            )
            return value
        held = joined([self.lookup(assignment.name), value]) if assignment.append else value
        # only of a secret the way is told
        place = self.unit.span(assignment.start, assignment.end) if held.flows else None
        self.assign(assignment.name, held, place)
        return value


_ELEMENT_KEYS: Final = re.compile(r"\[[\"']?([^\]\"']*)[\"']?\]\+?=$")


def _is_empty_slice(argument: Word | None) -> bool:
    return argument is not None and re.fullmatch(r"\s*\d+\s*:\s*0+\s*", argument.literal or "") is not None


def _braces(text: str) -> list[str]:
    found = re.search(r"\{([^{}\s]*,[^{}\s]*)\}", text)
    if not found:
        return [text]
    return [text[: found.start()] + middle + text[found.end() :] for middle in found[1].split(",")]


def _strip(operator: str, text: str, pattern: str) -> str | None:  # noqa: PLR0911 - one branch for each case
    if set(pattern) & set("?[") or pattern.count("*") > 1:
        return None
    before, star, after = pattern.partition("*")
    if operator.startswith("%"):
        if not star:
            return text.removesuffix(pattern)
        if after:
            return None
        at = text.find(before) if operator == "%%" else text.rfind(before)
        return text[:at] if at >= 0 else text
    if not star:
        return text.removeprefix(pattern)
    if before:
        return None
    at = text.rfind(after) if operator == "##" else text.find(after)
    return text[at + len(after) :] if at >= 0 else text


def flows_of(values: list[Value]) -> tuple[Flow, ...]:
    """All flows of the values."""
    return merged(flow for value in values for flow in value.flows)
