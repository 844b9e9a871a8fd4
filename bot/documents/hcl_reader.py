"""The reader behind `parse_hcl`: recursive descent over one text, every node with its place.

Grammar: the native syntax specification of HCL 2 (github.com/hashicorp/hcl, hclsyntax/spec.md) and the parser
of HCL 1 (github.com/hashicorp/hcl v1, hcl/parser/parser.go), both read 2026-11.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.hcl import (
    Access,
    Attribute,
    Block,
    Body,
    Call,
    Expression,
    For,
    ListValue,
    ObjectValue,
    Operation,
    Reference,
    Step,
)
from bot.documents.hcl_strings import Broken, StringReader
from bot.documents.location import Place, Span, Unreadable
from bot.documents.nodes import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_DEPTH = 60
_MAX_BREAKS = 50
_COMMENT = r"#[^\n]*|//[^\n]*|/\*(?s:.*?)\*/"
_GAP = re.compile(rf"(?:[ \t\r\n\f\ufeff]+|{_COMMENT})*")
_GAP_IN_LINE = re.compile(rf"(?:[ \t\r\f\ufeff]+|{_COMMENT})*")
_NAME = re.compile(r"[^\W\d][\w-]*")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_FOR = re.compile(r"for\b(?![ \t]*[=:,\]}.(])")
_INDEX = re.compile(r"\d+")
_OPERATOR = re.compile(r"\|\||&&|==|!=|<=|>=|[<>+\-*/%?]")
_PRECEDENCE = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}
_ITEM_AHEAD = re.compile(
    r'^[ \t]*(?:"?[^\W\d][\w-]*"?[ \t]*(?:=(?![=>])|(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*\{)|\})',
    re.MULTILINE,
)
_MARGIN_HEADER = re.compile(r'[^\W\d][\w-]*(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*\{')


def read_body(
    path: str, text: str, place: Callable[[int], Place] | None
) -> tuple[Body, tuple[Unreadable, ...]]:
    """The body of the whole text, and what in it could not be read."""
    reader = _Reader(path, text, place)
    body = reader.file_body()
    if reader.unclosed:
        lenient = _Reader(path, text, place)
        lenient.margin_closes = True
        body, reader = lenient.file_body(), lenient
    return body, tuple(reader.breaks)


class _Reader(StringReader):
    """One text being read; `self.offset` is the next character."""

    def __init__(self, path: str, text: str, place: Callable[[int], Place] | None) -> None:
        self.path = path
        self.text = text
        self.offset = 0
        self.depth = 0
        self.gap = _GAP_IN_LINE
        self.breaks: list[Unreadable] = []
        self.unclosed = False
        self.margin_closes = False
        self.place = place or _places(text)

    # --- bodies ------------------------------------------------------------------------------------

    def file_body(self) -> Body:
        """The body of the file, to its end."""
        return self._body(closed_by="")

    def _body(self, closed_by: str) -> Body:
        body = Body()
        self._nest()
        while True:
            self.skip_all()
            start = self.offset
            ahead = self.text[start : start + 1]
            if ahead == closed_by:
                self.offset += len(closed_by)
                break
            if not ahead or (closed_by and self._at_margin(start)):
                self.unclosed = True
                self._tell(start, "a block is not closed: a `}` is missing before this line")
                body.broken = True
                break
            gap, depth = self.gap, self.depth
            try:
                self._item(body)
            except Broken as broken:
                self.gap, self.depth = gap, depth
                body.broken = True
                self._tell(broken.offset, broken.reason)
                self._resume(start, broken.offset)
        self.depth -= 1
        return body

    def _item(self, body: Body) -> None:
        """One attribute or block."""
        start = self.offset
        name = self._item_name()
        name_span = self.span(start, self.offset)
        self._skip_in_line()
        if self._take("=", unless="==") or self._take(":"):
            self._skip_in_line()
            expression = self.expression()
            attribute = Attribute(name, expression, self.span(start, self.offset), name_span)
            earlier = body.attributes.pop(name, None)
            if earlier is not None:
                body.repeated.append(earlier)
            body.attributes[name] = attribute
        else:
            body.blocks.append(self._block(name, start, body))
        self._skip_in_line()
        self._take(",")

    def _block(self, name: str, start: int, parent: Body) -> Block:
        labels: list[Scalar] = []
        while not self._take("{"):
            labels.append(self._label())
            self.skip_all()  # HCL 1 lets the brace stand on the next line
        header = self.span(start, self.offset)
        gap, self.gap = self.gap, _GAP_IN_LINE
        body = self._body(closed_by="}")
        self.gap = gap
        parent.broken = parent.broken or (body.broken and self.unclosed)
        return Block(name, tuple(labels), body, self.span(start, self.offset), header)

    def _item_name(self) -> str:
        if self.text.startswith('"', self.offset):
            quoted = self.quoted()
            if isinstance(quoted, Scalar):
                return quoted.text
        elif found := _NAME.match(self.text, self.offset):
            self.offset = found.end()
            return found[0]
        raise Broken(self.offset, "expected the name of an attribute or a block here")

    def _label(self) -> Scalar:
        start = self.offset
        if self.text.startswith('"', start):
            quoted = self.quoted()
            return quoted if isinstance(quoted, Scalar) else quoted.raw
        if found := _NAME.match(self.text, start):
            self.offset = found.end()
            return Scalar(found[0], found[0], self.span(start, self.offset))
        raise Broken(start, "expected `=` or `{` after a name")

    def _at_margin(self, start: int) -> bool:
        """A block's header in the first column: in a file with a lost brace, the end of whatever is open."""
        if not self.margin_closes or (start and self.text[start - 1] != "\n"):
            return False
        return _MARGIN_HEADER.match(self.text, start) is not None

    def _resume(self, start: int, broken_at: int) -> None:
        """Goes on with the first line after the break that looks like an item."""
        line = self.text.rfind("\n", 0, broken_at) + 1
        if line <= start:
            line = self.text.find("\n", broken_at) + 1 or len(self.text)
        found = _ITEM_AHEAD.search(self.text, line) if len(self.breaks) < _MAX_BREAKS else None
        self.offset = found.start() if found else len(self.text)

    def _tell(self, offset: int, reason: str) -> None:
        if len(self.breaks) < _MAX_BREAKS:
            self.breaks.append(Unreadable(self.path, self.place(offset).line, f"HCL: {reason}"))

    # --- expressions -------------------------------------------------------------------------------

    def expression(self) -> Expression:
        """The expression at the offset, with `? :`."""
        self._nest()
        start = self.offset
        value = self._binary(1)
        if self._ahead("?"):
            outer, self.gap = self.gap, _GAP
            self._expect("?")
            yes = self._inner()
            self._expect(":")
            self.gap = outer
            self.skip_all()
            no = self.expression()
            value = Operation("?", (value, yes, no), self.span(start, self.offset))
        self.depth -= 1
        return value

    def _binary(self, least: int) -> Expression:
        start = self.offset
        left = self._unary()
        while True:
            before = self.offset
            self._skip_gap()
            found = _OPERATOR.match(self.text, self.offset)
            precedence = _PRECEDENCE.get(found[0], 0) if found else 0
            if found is None or precedence < least:
                self.offset = before
                return left
            self.offset = found.end()
            self.skip_all()
            right = self._binary(precedence + 1)
            left = Operation(found[0], (left, right), self.span(start, self.offset))

    def _unary(self) -> Expression:
        start = self.offset
        sign = self.text[start : start + 1]
        if sign not in {"-", "!"}:
            return self._steps_from(start, self._primary())
        self._nest()
        self.offset += 1
        self._skip_gap()
        operand = self._unary()
        self.depth -= 1
        span = self.span(start, self.offset)
        if sign == "-" and isinstance(operand, Scalar) and isinstance(operand.value, int | float):
            return Scalar(-operand.value, "-" + operand.text, span)
        return Operation(sign, (operand,), span)

    def _primary(self) -> Expression:  # noqa: PLR0911 - one line for each kind of value
        start = self.offset
        ahead = self.text[start : start + 1]
        if ahead == '"':
            return self.quoted()
        if ahead == "[":
            return self._brackets()
        if ahead == "{":
            return self._braces()
        if ahead == "(":
            return self._parenthesised()
        if ahead == "<" and self.text.startswith("<<", start):
            return self.heredoc()
        if found := _NUMBER.match(self.text, start):
            self.offset = found.end()
            return Scalar(_number(found[0]), found[0], self.span(start, self.offset))
        if found := _NAME.match(self.text, start):
            self.offset = found.end()
            return self._named(found[0], start)
        raise Broken(start, "expected a value here")

    def _named(self, name: str, start: int) -> Expression:
        while self._take("::"):
            found = _NAME.match(self.text, self.offset)
            if found is None:
                raise Broken(self.offset, "expected the name of a function after `::`")
            self.offset = found.end()
            name += "::" + found[0]
        if self.text.startswith("(", self.offset):
            return self._call(name, start)
        if name in _CONSTANTS:
            return Scalar(_CONSTANTS[name], name, self.span(start, self.offset))
        return Reference(name, (), self.span(start, self.offset))

    def _call(self, name: str, start: int) -> Call:
        arguments, expands = self._listed("(", ")")
        return Call(name, arguments, self.span(start, self.offset), expands)

    def _steps_from(self, start: int, value: Expression) -> Expression:
        """`value` with the `.name`, `[index]` and splats behind it."""
        steps: list[Step] = []
        while True:
            before = self.offset
            self._skip_gap()
            if self._take(".", unless="..."):
                steps.append(self._name_step())
            elif self.text.startswith("[", self.offset) and (before == self.offset):
                steps.append(self._index_step())
            else:
                self.offset = before
                break
        if not steps:
            return value
        span = self.span(start, self.offset)
        if isinstance(value, Reference):
            return Reference(value.root, tuple(steps), span)
        return Access(value, tuple(steps), span)

    def _name_step(self) -> Step:
        self._skip_gap()
        if self._take("*"):
            return "*"
        if found := _INDEX.match(self.text, self.offset):
            self.offset = found.end()
            return int(found[0])
        if found := _NAME.match(self.text, self.offset):
            self.offset = found.end()
            return found[0]
        raise Broken(self.offset, "expected a name after `.`")

    def _index_step(self) -> Step:
        outer, self.gap = self.gap, _GAP
        self._expect("[")
        self._skip_gap()
        step: Step = "*" if self._take("*") else self._inner()
        self._expect("]")
        self.gap = outer
        if isinstance(step, Scalar) and isinstance(step.value, str | int):
            return step.value
        return step

    def _parenthesised(self) -> Expression:
        outer, self.gap = self.gap, _GAP
        self._expect("(")
        value = self._inner()
        self._expect(")")
        self.gap = outer
        return value

    def _brackets(self) -> Expression:
        start = self.offset
        if self._for_ahead():
            return self._for("[", "]")
        items, _ = self._listed("[", "]")
        return ListValue(items, self.span(start, self.offset))

    def _listed(self, opening: str, closing: str) -> tuple[tuple[Expression, ...], bool]:
        """Expressions between brackets, and whether `...` follows the last."""
        outer, self.gap = self.gap, _GAP
        self._expect(opening)
        items: list[Expression] = []
        expands = False
        while not self._closes(closing):
            items.append(self._inner())
            self._skip_gap()
            expands = self._take("...")
            self._skip_gap()
            if not self._take(",") and not self._ahead(closing):
                raise Broken(self.offset, f"expected `,` or `{closing}` here")
        self.gap = outer
        return tuple(items), expands

    def _braces(self) -> Expression:
        start = self.offset
        if self._for_ahead():
            return self._for("{", "}")
        outer, self.gap = self.gap, _GAP_IN_LINE
        self._expect("{")
        items: list[tuple[Expression, Expression]] = []
        self.skip_all()
        while not self._take("}"):
            bare = not self.text.startswith("(", self.offset)
            key = self.expression()
            if bare and isinstance(key, Reference) and not key.steps:
                key = Scalar(key.root, key.root, key.span)
            self.skip_all()
            if not self._take("=", unless="==") and not self._take(":"):
                raise Broken(self.offset, "expected `=` or `:` after a key, or a `}` is missing")
            self.skip_all()
            items.append((key, self.expression()))
            self._skip_gap()
            self._take(",")
            self.skip_all()
        self.gap = outer
        return ObjectValue(tuple(items), self.span(start, self.offset))

    def _for_ahead(self) -> bool:
        inside = _GAP.match(self.text, self.offset + 1)
        return inside is not None and _FOR.match(self.text, inside.end()) is not None

    def _for(self, opening: str, closing: str) -> For:
        start = self.offset
        outer, self.gap = self.gap, _GAP
        self._expect(opening)
        self._expect("for")
        names = [self._bound_name()]
        if self._closes(","):
            names.append(self._bound_name())
        self._expect("in")
        collection = self._inner()
        self._expect(":")
        key: Expression | None = None
        value = self._inner()
        if self._closes("=>"):
            key, value = value, self._inner()
        groups = self._closes("...")
        condition = self._inner() if self._closes("if") else None
        self._expect(closing)
        self.gap = outer
        return For(tuple(names), collection, key, value, condition, groups, self.span(start, self.offset))

    def _bound_name(self) -> str:
        self._skip_gap()
        return self._item_name()

    def interpolation(self) -> Expression:
        """The expression of the `${...}` at the offset."""
        outer, self.gap = self.gap, _GAP
        self.offset += 2
        self._take("~")
        value = self._inner()
        self._skip_gap()
        self._take("~")
        self._expect("}")
        self.gap = outer
        return value

    # --- characters --------------------------------------------------------------------------------

    def _inner(self) -> Expression:
        self._skip_gap()
        return self.expression()

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        return Span(self.path, *self.place(start), *self.place(end))

    def skip_all(self) -> None:
        """Goes on behind white space, line ends and comments."""
        found = _GAP.match(self.text, self.offset)
        self.offset = found.end() if found else self.offset

    def _skip_in_line(self) -> None:
        found = _GAP_IN_LINE.match(self.text, self.offset)
        self.offset = found.end() if found else self.offset

    def _skip_gap(self) -> None:
        found = self.gap.match(self.text, self.offset)
        self.offset = found.end() if found else self.offset

    def _take(self, wanted: str, unless: str = "\0") -> bool:
        if self.text.startswith(wanted, self.offset) and not self.text.startswith(unless, self.offset):
            self.offset += len(wanted)
            return True
        return False

    def _ahead(self, wanted: str) -> bool:
        before = self.offset
        self._skip_gap()
        there = self.text.startswith(wanted, self.offset)
        self.offset = before
        return there

    def _closes(self, wanted: str) -> bool:
        self._skip_gap()
        return self._take(wanted)

    def _expect(self, wanted: str) -> None:
        if not self._closes(wanted):
            raise Broken(self.offset, f"expected `{wanted}` here")

    def _nest(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Broken(self.offset, f"nested deeper than {_MAX_DEPTH} levels")


def _number(text: str) -> int | float:
    if text[:2].lower() == "0x":
        return int(text, 16)
    return int(text) if text.isdigit() else float(text)


def _places(text: str) -> Callable[[int], Place]:
    """From an offset to its line and column."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(offset: int) -> Place:
        line = bisect_right(starts, offset)
        return Place(line, offset - starts[line - 1] + 1)

    return place
