"""Bicep files, as far as trusts need them: resources with literal properties, parameters and variables.

learn.microsoft.com/azure/azure-resource-manager/bicep/file, 2026-11. Everything else is unknown, never guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.values import UnknownValue
from bot.documents.nodes import Entry, Mapping, Scalar, Sequence, Style
from bot.documents.source import SourceText
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.documents.location import Place
    from bot.documents.nodes import Node

_GAP = regex(r"(?:[ \t\r\n,]+|//[^\n]*|/\*(?s:.*?)\*/)*")
_RESOURCE = regex(r"^[ \t]*resource[ \t]+(?P<symbol>\w+)[ \t]+'(?P<type>[^'@]+)@[^']*'[ \t]*=", re.MULTILINE)
_NAMED = regex(
    r"^[ \t]*(?:param[ \t]+(?P<param>\w+)[ \t]+\w+|var[ \t]+(?P<var>\w+))[ \t]*=[ \t]*", re.MULTILINE
)
_KEY = regex(r"(?:(?P<bare>[A-Za-z_]\w*)|'(?P<quoted>[^'\n]*)')[ \t]*:[ \t]*")
_STRING = regex(r"'((?:[^'\\\n]|\\.)*)'")
_ESCAPE = regex(r"\\(u\{[0-9a-fA-F]+\}|.)")
_INTERPOLATED = regex(r"(?<!\\)\$\{([^}]*)\}")
_WORD = regex(r"[^\n,\]}]*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_MAX_DEPTH = 20


@dataclass(slots=True, eq=False)
class BicepResource:
    """A resource of the file; `type` without its version."""

    symbol: str
    type: str
    body: Mapping


class BicepFile:
    """The resources of one file."""

    def __init__(self, path: str, text: str) -> None:
        self._source = SourceText(path, text)
        self._text = text
        self._names: dict[str, Node] = {}
        for found in _NAMED.finditer(text):
            value, _ = self._value(found.end(), 0)
            self._names[found["param"] or found["var"]] = value

    def resources(self) -> Iterator[BicepResource]:
        """Yield the resources in the order of the file."""
        for found in _RESOURCE.finditer(self._text):
            start = self._text.find("{", found.end())
            if start >= 0:
                body, _ = self._value(start, 0)
                if isinstance(body, Mapping):
                    yield BicepResource(found["symbol"], found["type"], body)

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        """Return the value at the offset, and where it ends."""
        char = self._text[at : at + 1]
        if depth > _MAX_DEPTH:
            return self._unknown(at, at), at
        if char == "{":
            return self._object(at, depth)
        if char == "[":
            return self._array(at, depth)
        if char == "'" and not self._text.startswith("'''", at):
            return self._string(at)
        return self._word(at)

    def _word(self, at: int) -> tuple[Node, int]:
        """Return what a name or an expression stands for: a parameter, a variable, a truth value."""
        word = _WORD.match(self._text, at)
        end = word.end() if word else at
        text = self._text[at:end].strip()
        span = self._source.span(at, at + len(text))
        named = self._names.get(text)
        if isinstance(named, Scalar) and not isinstance(named, UnknownValue):
            return Scalar(named.value, named.text, span), end
        if text in {"true", "false"}:
            return Scalar(text == "true", text, span), end
        return UnknownValue(None, text, span), end

    def _object(self, at: int, depth: int) -> tuple[Node, int]:
        entries: dict[str, Entry] = {}
        here = self._skip(at + 1)
        while here < len(self._text) and self._text[here] != "}":
            key = _KEY.match(self._text, here)
            if key is None:
                line_end = self._text.find("\n", here)
                here = self._skip(len(self._text) if line_end < 0 else line_end)
                continue
            name = key["bare"] or key["quoted"]
            value, end = self._value(key.end(), depth + 1)
            entries[name] = Entry(Scalar(name, name, self._source.span(here, here + len(name))), value)
            here = self._skip(max(end, key.end()))
        end = min(here + 1, len(self._text))
        return Mapping(entries, self._source.span(at, end)), end

    def _array(self, at: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        here = self._skip(at + 1)
        while here < len(self._text) and self._text[here] != "]":
            value, end = self._value(here, depth + 1)
            items.append(value)
            here = self._skip(max(end, here + 1))
        end = min(here + 1, len(self._text))
        return Sequence(tuple(items), self._source.span(at, end)), end

    def _string(self, at: int) -> tuple[Node, int]:
        found = _STRING.match(self._text, at)
        if found is None:
            line_end = self._text.find("\n", at)
            end = len(self._text) if line_end < 0 else line_end
            return self._unknown(at, end), end
        span = self._source.span(at, found.end())
        known = True

        def filled(match: re.Match[str]) -> str:
            nonlocal known
            value = self._names.get(match[1].strip())
            if isinstance(value, Scalar) and not isinstance(value, UnknownValue):
                return value.text
            known = False
            return match[0]

        text = _INTERPOLATED.sub(filled, found[1])
        is_plain = text == found[1]
        text = _ESCAPE.sub(lambda match: _unescaped(match[1]), text)
        if known:
            locate = self._places(found[1], found.start(1)) if is_plain else None
            return Scalar(text, text, span, Style.SINGLE, None, locate), found.end()
        return UnknownValue(None, text, span, Style.SINGLE), found.end()

    def _places(self, written: str, start: int) -> Callable[[int], Place]:
        """Return where each character of a string is whose text has escapes and nothing else to fill in."""
        escapes = [
            (match.start(), match.end(), len(_unescaped(match[1]))) for match in _ESCAPE.finditer(written)
        ]

        def place(offset: int) -> Place:
            at = offset
            for first, last, length in escapes:
                if at > first:
                    at += last - first - length
            return self._source.place(start + at)

        return place

    def _unknown(self, start: int, end: int) -> UnknownValue:
        return UnknownValue(None, self._text[start:end].strip(), self._source.span(start, max(end, start)))

    def _skip(self, at: int) -> int:
        found = _GAP.match(self._text, at)
        return found.end() if found else at


def _unescaped(written: str) -> str:
    if written.startswith("u{"):
        return chr(int(written[2:-1], 16))
    return _ESCAPES.get(written, written)
