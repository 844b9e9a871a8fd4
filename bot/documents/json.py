"""Strict JSON with the place of every value, as Vault (Go's `encoding/json`) reads it.

The JSON may be a whole file or lie in one: a heredoc of a shell script, a string of Terraform. Then `place`
says where its characters are in the outer file.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.documents.location import Place, Span, Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Style
from bot.documents.source import CopiedRun, SourceText
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH: Final = 100
"""Deeper than any role or policy; Go itself stops at 10,000 (encoding/json scanner.go, read 2026-11)."""

_BLANKS: Final = regex(r"[ \t\r\n]*")
_WITHOUT_ESCAPES: Final = regex(r'"([^"\\\x00-\x1f]*)"')
_PLAIN_PART: Final = regex(r'[^"\\\x00-\x1f]*')
_WORD: Final = regex(r"[^\s,\[\]{}\":]+")
_NUMBER: Final = regex(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][-+]?[0-9]+)?")
_SURROGATES: Final = regex("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
_FIRST_LOW: Final = 0xDC00
_MOST_DIGITS: Final = 4000
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_HEX: Final = regex(r"[0-9a-fA-F]{4}")
_NOWHERE: Final = Span("", 0, 0, 0, 0)


class _Refusal(Exception):
    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at


def parse_json(path: str, text: str, place: Callable[[int], Place] | None = None) -> Node | Unreadable:
    """The value that `text` holds, or why Vault could not read it, with the line and the remedy.

    Of a repeated key the last value counts. `place` maps an offset in `text` (0-based) to its place in the
    file `path`; without it the text is the file. Expressions inside strings stay as they are written.
    """
    place = place or SourceText(path, text).place
    try:
        return _JsonReader(path, text, place).document()
    except _Refusal as refusal:
        return Unreadable(path, place(refusal.at).line, f"not JSON, {refusal}")


def without_places(text: str) -> Node | None:
    """The value that `text` holds, no part of which knows its place: read many times as fast. None: not certain."""
    try:
        return _bare(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _bare(value: object) -> Node:
    if isinstance(value, dict):
        entries = {key: Entry(Scalar(key, key, _NOWHERE), _bare(each)) for key, each in value.items()}
        return Mapping(entries, _NOWHERE)
    if isinstance(value, list):
        return Sequence(tuple(map(_bare, value)), _NOWHERE)
    text = value if isinstance(value, str) else json.dumps(value)
    return Scalar(value, text, _NOWHERE, Style.DOUBLE)  # type: ignore[arg-type]


class _JsonReader:
    def __init__(self, path: str, text: str, place: Callable[[int], Place]) -> None:
        self._path = path
        self._text = text
        self._place = place

    def document(self) -> Node:
        if self._text.startswith("\ufeff"):
            raise _Refusal(0, "a byte order mark is before it: save the file without one")
        node, at = self._value(self._skip(0), 0)
        at = self._skip(at)
        if at < len(self._text):
            raise _Refusal(at, "something follows the value: remove it")
        return node

    def _skip(self, at: int) -> int:
        match = _BLANKS.match(self._text, at)
        return match.end() if match else at

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            raise _Refusal(at, f"nested deeper than {MAX_DEPTH} levels: flatten it")
        char = self._text[at : at + 1]
        if char == "{":
            return self._mapping(at, depth)
        if char == "[":
            return self._sequence(at, depth)
        if char == '"':
            return self._string(at)
        return self._word(at)

    def _mapping(self, start: int, depth: int) -> tuple[Mapping, int]:
        entries: dict[str, Entry] = {}
        at = self._skip(start + 1)
        if self._text[at : at + 1] != "}":
            while True:
                if self._text[at : at + 1] != '"':
                    raise _Refusal(at, self._instead_of_key(at))
                key, at = self._string(at)
                at = self._skip(at)
                if self._text[at : at + 1] != ":":
                    raise _Refusal(at, "a key has no colon: write one between the key and its value")
                value, at = self._value(self._skip(at + 1), depth + 1)
                entries[key.text] = Entry(key, value)
                at, ended = self._after_value(at, "}")
                if ended:
                    break
        else:
            at += 1
        return Mapping(entries, self._span(start, at)), at

    def _sequence(self, start: int, depth: int) -> tuple[Sequence, int]:
        items: list[Node] = []
        at = self._skip(start + 1)
        if self._text[at : at + 1] != "]":
            while True:
                item, at = self._value(at, depth + 1)
                items.append(item)
                at, ended = self._after_value(at, "]")
                if ended:
                    break
        else:
            at += 1
        return Sequence(tuple(items), self._span(start, at)), at

    def _after_value(self, at: int, closing: str) -> tuple[int, bool]:
        """Where to read on after a value of a collection, and whether the collection ended."""
        at = self._skip(at)
        char = self._text[at : at + 1]
        if char == closing:
            return at + 1, True
        if char != ",":
            raise _Refusal(at, f"a comma or {closing} is missing: write it here or on the line above")
        after = self._skip(at + 1)
        if self._text[after : after + 1] == closing:
            raise _Refusal(at, f"a comma is before {closing}: remove it")
        return after, False

    def _string(self, start: int) -> tuple[Scalar, int]:
        text = self._text
        simple = _WITHOUT_ESCAPES.match(text, start)
        if simple:
            end = simple.end()
            value = Scalar(simple[1], simple[1], self._span(start, end), Style.DOUBLE)
            value.locate = partial(_shifted, self._place, start + 1)
            return value, end
        parts: list[str] = []
        runs: list[CopiedRun] = [CopiedRun(0, start + 1)]
        at, offset = start + 1, 0
        while True:
            plain_part = _PLAIN_PART.match(text, at)
            if plain_part:
                parts.append(plain_part[0])
                at, offset = plain_part.end(), offset + len(plain_part[0])
            char = text[at : at + 1]
            if char == '"':
                break
            if char != "\\":
                raise _Refusal(
                    min(at, len(text)),
                    "a string has no end on its line: close the quotes, write line breaks as \\n"
                    if char in {"", "\n", "\r"}
                    else "a control character is in a string: write it as an escape such as \\t",
                )
            runs.append(CopiedRun(offset, at))
            decoded, at = self._escape(at)
            parts.append(decoded)
            offset += 1
            runs.append(CopiedRun(offset, at))
        joined = "".join(parts)
        if len(runs) > 1:
            joined, runs = _without_surrogates(joined, runs)
        value = Scalar(joined, joined, self._span(start, at + 1), Style.DOUBLE)
        value.locate = partial(_located, self._place, tuple(runs))
        return value, at + 1

    def _escape(self, at: int) -> tuple[str, int]:
        letter = self._text[at + 1 : at + 2]
        if letter in _ESCAPES and letter:
            return _ESCAPES[letter], at + 2
        digits = _HEX.match(self._text, at + 2) if letter == "u" else None
        if digits is None:
            raise _Refusal(at, "a backslash is before a character that needs none: remove it, or double it")
        return chr(int(digits[0], 16)), at + 6

    def _word(self, at: int) -> tuple[Scalar, int]:
        match = _WORD.match(self._text, at)
        if match is None:
            raise _Refusal(
                at, "a value is missing" if at < len(self._text) else "it ends too early: close the brackets"
            )
        word, end = match[0], match.end()
        if word in _LITERALS:
            return Scalar(_LITERALS[word], word, self._span(at, end)), end
        number = _NUMBER.fullmatch(word)
        if number is None or len(word) > _MOST_DIGITS:
            raise _Refusal(
                at, "a bare word is no value (a duration such as 10m is text): put it in double quotes"
            )
        value = float(word) if number["fraction"] or number["exponent"] else int(word)
        return Scalar(value, word, self._span(at, end)), end

    def _instead_of_key(self, at: int) -> str:
        if at >= len(self._text):
            return "it ends too early: close the brackets"
        return "a key must be in double quotes"

    def _span(self, start: int, end: int) -> Span:
        first, last = self._place(start), self._place(end - 1)
        return Span(self._path, first.line, first.column, last.line, last.column + 1)


def _shifted(place: Callable[[int], Place], start: int, offset: int) -> Place:
    return place(start + offset)


def _located(place: Callable[[int], Place], runs: tuple[CopiedRun, ...], offset: int) -> Place:
    run = runs[bisect_right(runs, offset, key=lambda run: run.offset) - 1]
    return place(run.at + offset - run.offset)


def _without_surrogates(text: str, runs: list[CopiedRun]) -> tuple[str, list[CopiedRun]]:
    """Escaped pairs joined to one character, halves replaced, as Go does; the runs follow."""
    if not _SURROGATES.search(text):
        return text, runs
    parts: list[str] = []
    moved: list[CopiedRun] = []
    done = shorter = 0
    waiting = iter(runs)
    run: CopiedRun | None = next(waiting)
    for match in [*_SURROGATES.finditer(text), None]:
        upto = match.start() if match else len(text)
        while run is not None and run.offset <= upto:
            moved.append(CopiedRun(run.offset - shorter, run.at))
            run = next(waiting, None)
        parts.append(text[done:upto])
        if match is None:
            break
        pair = match[0]
        parts.append(pair.encode("utf-16", "surrogatepass").decode("utf-16") if len(pair) > 1 else "\ufffd")
        done = match.end()
        while run is not None and run.offset < done:
            run = next(waiting, None)
        shorter += len(pair) - 1
    return "".join(parts), moved
