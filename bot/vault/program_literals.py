"""Literals in programs (Python, TypeScript, JavaScript, Go): the objects, lists and texts that a call is given.

No program is run: what is computed is an `UnknownValue`. Wrappers of Pulumi that only carry a value
(`pulumi.String("x")`, `pulumi.StringMap{...}`) are the value.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Style
from bot.lazy import regex
from bot.vault.values import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Place
    from bot.documents.source import SourceText

_COMMENT: Final = r"\#[^\n]*"
_C_COMMENT: Final = r"//[^\n]*|/\*.*?\*/"
_PIECES: Final = r"""(?P<skip>\s+|COMMENT)
    |(?P<text>(?P<prefix>[rRbBuUfF]{0,2})(?P<quote>\"\"\"|'''|"|'|`)(?P<inside>(?:\\.|(?!(?P=quote)).)*)(?P=quote))
    |(?P<number>\d[\d_]*(?:\.\d+)?)
    |(?P<word>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)
    |(?P<mark>\.\.\.|\*\*|=>|[-+=!<>]=|.)"""
_FLAGS: Final = re.VERBOSE | re.DOTALL
_PYTHON: Final = regex(_PIECES.replace("COMMENT", _COMMENT), _FLAGS)
_C_LIKE: Final = regex(_PIECES.replace("COMMENT", _C_COMMENT), _FLAGS)
_OPENERS: Final = {"(": ")", "[": "]", "{": "}"}
_WORDS: Final = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "nil": None,
    "null": None,
    "None": None,
}
# pulumi/pulumi sdk/go/pulumi types_builtins.go and sdk/python/lib/pulumi/output.py, 2026-11
_CARRIERS: Final = regex(
    r"(?:pulumi\.(?:String|Int|Bool|Float64)(?:Ptr|Array|Map)?|pulumi\.(?:output|secret|ToSecret)"
    r"|pulumi\.Output\.(?:from_input|secret)|json\.dumps|JSON\.stringify|dict|list|str|dedent|textwrap\.dedent)$"
)
_SIMPLE_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_MOST_TOKENS: Final = 50_000
_DEEPEST: Final = 40


class _Token(NamedTuple):
    kind: str
    start: int
    end: int
    match: re.Match[str]

    @property
    def written(self) -> str:
        return self.match[0]


def _kind_of(match: re.Match[str]) -> str:
    return next(kind for kind in ("skip", "text", "number", "word", "mark") if match[kind] is not None)


class CallArguments(NamedTuple):
    """What a call is given: plain arguments in order, and those that have names."""

    plain: tuple[Node, ...]
    named: Mapping


class LiteralReader:
    """Reads literals of one program from an offset on."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._is_python = source.path.endswith(".py")
        self._is_go = source.path.endswith(".go")

    def arguments(self, at: int) -> CallArguments:
        """Return the arguments of the call whose opening bracket is at `at`."""
        self._tokens = list(self._tokens_of_group(at))
        self._next = 1
        plain, named, _ = self._items(")", 0)
        return CallArguments(tuple(plain), named)

    def _tokens_of_group(self, at: int) -> Iterator[_Token]:
        """The tokens from an opening bracket to its partner."""
        depth = 0
        tokens = _PYTHON if self._is_python else _C_LIKE
        for match in islice(tokens.finditer(self._source.text, at), _MOST_TOKENS):
            kind = _kind_of(match)
            if kind == "skip":
                continue
            yield _Token(kind, match.start(), match.end(), match)
            depth += (match[0] in _OPENERS) - (match[0] in _OPENERS.values())
            if depth == 0:
                return

    # --- groups -------------------------------------------------------------------------------------------

    def _peek(self, ahead: int = 0) -> str:
        index = self._next + ahead
        return self._tokens[index].written if index < len(self._tokens) else ""

    def _items(self, closer: str, depth: int) -> tuple[list[Node], Mapping, int]:
        """The items up to `closer`: those without and those with a key, and where the group ends."""
        start = self._tokens[self._next - 1].start
        plain: list[Node] = []
        entries: dict[str, Entry] = {}
        while self._next < len(self._tokens) and self._peek() != closer:
            if self._peek() == ",":
                self._next += 1
                continue
            key = self._key()
            if key is not None:
                entries[key.text] = Entry(key, self._value(closer, depth))
                continue
            item = self._value(closer, depth)
            if isinstance(item, Scalar) and closer == "}" and not self._is_go:
                entries[item.text] = Entry(item, unknown(item.text, item.span))  # `{name}`, `...rest`
            plain.append(item)
        end = self._tokens[min(self._next, len(self._tokens) - 1)].end
        self._next += 1
        return plain, Mapping(entries, self._source.span(start, end)), end

    def _key(self) -> Scalar | None:
        """The key in front of a value, and goes behind its separator; None where there is none."""
        token = self._tokens[self._next]
        is_named = self._peek(1) == ":" or (self._is_python and self._peek(1) == "=")
        if not is_named or token.kind not in {"word", "text"}:
            return None
        self._next += 2
        if token.kind == "text":
            return self._text(token)
        name = token.written
        is_field = self._is_go and name[:1].isupper()
        text = name[:1].lower() + name[1:] if is_field else name
        span = self._source.span(token.start, token.end)
        is_computed = self._is_python and self._tokens[self._next - 1].written == ":"
        return unknown(name, span) if is_computed or "." in name else Scalar(text, text, span)

    # --- values -------------------------------------------------------------------------------------------

    def _value(self, closer: str, depth: int) -> Node:
        """The value in front of the next comma or `closer`; unknown where it is more than one literal."""
        first = self._next
        node = self._literal(depth)
        if self._peek() in {",", closer}:
            return node
        while self._next < len(self._tokens) and self._peek() not in {",", closer}:
            self._skip()
        last = self._tokens[max(self._next - 1, first)]
        start = self._tokens[first].start
        return unknown(self._source.text[start : last.end], self._source.span(start, last.end))

    def _skip(self) -> None:
        """Go behind the next token, or behind the group that it opens."""
        depth = 0
        while self._next < len(self._tokens):
            written = self._peek()
            depth += (written in _OPENERS) - (written in _OPENERS.values())
            self._next += 1
            if depth <= 0:
                return

    def _literal(self, depth: int) -> Node:
        while self._is_go and self._peek() == "&":
            self._next += 1
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "text":
            return self._text(token)
        if token.kind == "number":
            digits = token.written.replace("_", "")
            value = float(digits) if "." in digits else int(digits)
            return Scalar(value, token.written, self._source.span(token.start, token.end))
        if depth < _DEEPEST:
            if token.written == "{":
                return self._group("}", depth)
            if token.written == "[":
                return self._list(depth)
            if token.kind == "word":
                return self._word(token, depth)
        return unknown(token.written, self._source.span(token.start, token.end))

    def _group(self, closer: str, depth: int) -> Node:
        """A mapping where something in it has a key or nothing is in it, else a list."""
        plain, named, _ = self._items(closer, depth + 1)
        if plain and (self._is_go or not named.entries):
            return Sequence(tuple(plain), named.span)
        return named

    def _list(self, depth: int) -> Node:
        if self._is_go and self._peek() == "]":  # `[]string{...}`
            self._next += 1
            return self._literal(depth)
        plain, named, _ = self._items("]", depth + 1)
        if self._is_go:  # `[2]string{...}`
            return self._literal(depth)
        return Sequence(tuple(plain), named.span)

    def _word(self, token: _Token, depth: int) -> Node:
        span = self._source.span(token.start, token.end)
        name = token.written
        if name in _WORDS:
            return Scalar(_WORDS[name], name, span)
        if self._is_go and name == "map" and self._peek() == "[":  # `map[string]interface{}{...}`
            self._skip()
            self._skip()
            if self._peek() == "{" and self._peek(1) == "}":
                self._next += 2
        if self._is_go and self._peek() == "{":
            self._next += 1
            return self._group("}", depth)
        if self._peek() != "(":
            return unknown(name, span)
        self._next += 1
        plain, named, end = self._items(")", depth + 1)
        if _CARRIERS.match(name) and (plain or named.entries):
            return plain[0] if plain else named
        if not plain and named.entries and name.endswith("Args"):  # Pulumi's argument classes in Python
            return named
        return unknown(self._source.text[token.start : end], self._source.span(token.start, end))

    def _text(self, token: _Token) -> Scalar:
        match = token.match
        quote, prefix, inside = match["quote"], match["prefix"].lower(), match["inside"]
        span = self._source.span(token.start, token.end)
        is_template = ("f" in prefix and "{" in inside) or (
            quote == "`" and not self._is_go and "${" in inside
        )
        is_raw = "r" in prefix or (quote == "`" and self._is_go) or "\\" not in inside
        start = match.start("inside")
        if is_template:
            node = unknown(inside, span)
            node.locate = lambda offset: self._source.place(start + offset)
            return node
        if is_raw:
            return Scalar(
                inside, inside, span, Style.LITERAL, None, lambda offset: self._source.place(start + offset)
            )
        text, starts = _unescaped(inside)

        def locate(offset: int) -> Place:
            return self._source.place(start + starts[min(offset, len(starts) - 1)])

        return Scalar(text, text, span, Style.DOUBLE, None, locate)


_ESCAPE: Final = regex(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)


def _unescaped(source: str) -> tuple[str, list[int]]:
    """The text that the escapes stand for, and of each of its characters the offset in `source`."""
    characters: list[str] = []
    starts: list[int] = []
    at = 0
    while at < len(source):
        match = _ESCAPE.match(source, at)
        if match is None:
            character, end = source[at], at + 1
        else:
            code = match[1] or match[2] or match[3]
            character = chr(min(int(code, 16), 0x10FFFF)) if code else _SIMPLE_ESCAPES.get(match[4], match[4])
            end = match.end()
            character = "" if match[4] == "\n" else character
        if character:
            characters.append(character)
            starts.append(at)
        at = end
    return "".join(characters), [*starts, len(source)]
