"""A reader of the Common Expression Language: github.com/google/cel-spec, doc/langdef.md, "Syntax", 2026-11."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.cel.nodes import (
    CelCall,
    CelLiteral,
    CelOperation,
    Expression,
    Index,
    ListOf,
    MapOf,
    MessageOf,
    Name,
    Select,
)
from bot.lazy import regex

_GAP: Final = regex(r"(?:[ \t\r\n\f]+|//[^\n]*)*")
_NUMBER: Final = regex(
    r"(?P<hex>0[xX][0-9a-fA-F]+)(?P<hexu>[uU])?|(?P<double>(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)"
    r"|(?P<int>\d+)(?P<intu>[uU])?"
)
_STRING: Final = regex(r"(?P<prefix>[rRbB]{0,2})(?P<quote>\"\"\"|'''|\"|')")
_NAME: Final = regex(r"[A-Za-z_]\w*", re.ASCII)
_OPERATOR: Final = regex(r"\|\||&&|==|!=|<=|>=|<|>|\+|-|\*|/|%|in\b")
_PRECEDENCE: Final = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3, "+": 4, "-": 4,
    "*": 5, "/": 5, "%": 5,
}  # fmt: skip
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_ESCAPE: Final = regex(
    r"\\(?:(?P<simple>[abfnrtv\\?\"'`])|[xX](?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-3][0-7]{2}))"
)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_MAX_DEPTH: Final = 60
_RESERVED: Final = frozenset(
    {
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while", "in",
    }
)  # fmt: skip


class NotCel(ValueError):
    """The text is no expression of the language."""


@lru_cache(maxsize=512)
def parse_cel(text: str) -> Expression:
    """Return the expression.

    Raises:
        NotCel: the text is none.
    """
    return _CelParser(text).whole()


class _CelParser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        value = self._expression()
        self._skip()
        if self._at < len(self._text):
            raise NotCel(f"unexpected {self._text[self._at]!r}")
        return value

    def _expression(self) -> Expression:
        self._nest()
        self._skip()
        start = self._at
        value = self._binary(1)
        if self._take("?"):
            yes = self._binary(1)
            self._need(":")
            no = self._expression()
            value = CelOperation("?", (value, yes, no), start, self._at)
        self._depth -= 1
        return value

    def _binary(self, least: int) -> Expression:
        self._skip()
        start = self._at
        left = self._unary()
        while True:
            self._skip()
            found = _OPERATOR.match(self._text, self._at)
            precedence = _PRECEDENCE.get(found[0], 0) if found else 0
            if found is None or precedence < least:
                return left
            self._at = found.end()
            right = self._binary(precedence + 1)
            left = CelOperation(found[0], (left, right), start, self._at)

    def _unary(self) -> Expression:
        self._skip()
        start = self._at
        sign = self._text[start : start + 1]
        if sign not in {"!", "-"}:
            return self._member()
        self._nest()
        self._at += 1
        operand = self._unary()
        self._depth -= 1
        value = operand.value if isinstance(operand, CelLiteral) else None
        if sign == "-" and isinstance(value, int | float) and not isinstance(value, bool):
            return CelLiteral(-value, start, self._at)
        return CelOperation(sign, (operand,), start, self._at)

    def _member(self) -> Expression:
        self._skip()
        start = self._at
        value = self._primary()
        while True:
            if self._take("."):
                name = self._name()
                if self._take("("):
                    value = CelCall(name, value, self._until(")"), start, self._at)
                else:
                    value = Select(value, name, start, self._at)
            elif self._take("["):
                index = self._expression()
                self._need("]")
                value = Index(value, index, start, self._at)
            elif (named := _type_name(value)) and self._take("{"):
                value = MessageOf(named, self._fields(), start, self._at)
            else:
                return value

    def _fields(self) -> tuple[tuple[str, Expression], ...]:
        fields: list[tuple[str, Expression]] = []
        while not self._take("}"):
            name = self._name()
            self._need(":")
            fields.append((name, self._expression()))
            if not self._take(","):
                self._need("}")
                break
        return tuple(fields)

    def _primary(self) -> Expression:  # noqa: PLR0911 - one line for each kind of value
        start = self._at
        if self._take("("):
            value = self._expression()
            self._need(")")
            return value
        if self._take("["):
            return ListOf(self._until("]"), start, self._at)
        if self._take("{"):
            return self._map(start)
        if found := _STRING.match(self._text, start):
            return self._string(found)
        if found := _NUMBER.match(self._text, start):
            self._at = found.end()
            return CelLiteral(_number(found), start, self._at)
        name = self._name()
        if name in _CONSTANTS:
            return CelLiteral(_CONSTANTS[name], start, self._at)
        if name in _RESERVED:
            raise NotCel(f"the word `{name}` is reserved")
        if self._take("("):
            return CelCall(name, None, self._until(")"), start, self._at)
        return Name(name, start, self._at)

    def _map(self, start: int) -> Expression:
        items: list[tuple[Expression, Expression]] = []
        while not self._take("}"):
            key = self._expression()
            self._need(":")
            items.append((key, self._expression()))
            if not self._take(","):
                self._need("}")
                break
        return MapOf(tuple(items), start, self._at)

    def _until(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self._take(closing):
            items.append(self._expression())
            if not self._take(","):
                self._need(closing)
                break
        return tuple(items)

    def _string(self, found: re.Match[str]) -> Expression:
        prefix, quote = found["prefix"].lower(), found["quote"]
        start, at = found.start(), found.end()
        is_raw = "r" in prefix
        while not self._text.startswith(quote, at):
            if at >= len(self._text) or (len(quote) == 1 and self._text[at] == "\n"):
                raise NotCel("a text is not closed")
            at += 2 if self._text[at] == "\\" and not is_raw else 1
        written = self._text[found.end() : at]
        self._at = at + len(quote)
        text = written if is_raw else _unescaped(written)
        return CelLiteral(text.encode() if "b" in prefix else text, start, self._at)

    def _name(self) -> str:
        self._skip()
        found = _NAME.match(self._text, self._at)
        if found is None:
            raise NotCel("a name is missing")
        self._at = found.end()
        return found[0]

    def _take(self, mark: str) -> bool:
        self._skip()
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            raise NotCel(f"`{mark}` is missing")

    def _skip(self) -> None:
        found = _GAP.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _nest(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise NotCel("it is nested too deep")


def _type_name(node: Expression) -> str:
    """The name that `a.b.C` is; "" where it is something else."""
    if isinstance(node, Name):
        return node.name
    above = _type_name(node.operand) if isinstance(node, Select) else ""
    return f"{above}.{node.field}" if above and isinstance(node, Select) else ""


def _number(found: re.Match[str]) -> int | float:
    if found["hex"]:
        return int(found["hex"], 16)
    return float(found["double"]) if found["double"] else int(found["int"])


def _unescaped(written: str) -> str:
    def character(found: re.Match[str]) -> str:
        if found["simple"]:
            return _SIMPLE.get(found["simple"], found["simple"])
        digits = found["x"] or found["u"] or found["U"]
        return chr(int(digits, 16) if digits else int(found["octal"], 8))

    rest = _ESCAPE.sub("", written)
    if "\\" in rest:
        raise NotCel("an escape is not known")
    return _ESCAPE.sub(character, written)
