"""The expressions of HCL: everything that may be behind a `=`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import (
    Expression,
    ForExpression,
    FunctionCall,
    HclOperation,
    ListValue,
    ObjectValue,
    Reference,
    Step,
    StepsFrom,
)
from bot.documents.hcl_strings import Broken, StringReader
from bot.documents.location import Span
from bot.documents.nodes import Scalar
from bot.lazy import regex

if TYPE_CHECKING:
    import re

_MAX_DEPTH = 60
_COMMENT = r"#[^\n]*|//[^\n]*|/\*(?s:.*?)\*/"
GAP = regex(rf"(?:[ \t\r\n\f\ufeff]+|{_COMMENT})*")
IN_LINE = regex(rf"(?:[ \t\r\f\ufeff]+|{_COMMENT})*")
NAME = regex(r"[^\W\d][\w-]*")
_NUMBER = regex(r"0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_FOR = regex(r"for\b(?![ \t]*[=:,\]}.(])")
_INDEX = regex(r"\d+")
_OPERATOR = regex(r"\|\||&&|==|!=|<=|>=|[<>+\-*/%?]")
_PRECEDENCE = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}


class ExpressionReader(StringReader):
    """The part of the reader that knows expressions. `self.gap` is what may be between two words."""

    depth: int
    gap: re.Pattern[str]

    def expression(self) -> Expression:
        """The expression at the offset, with `? :`."""
        self.nest()
        start = self.offset
        value = self._binary(1)
        if self._ahead("?"):
            outer, self.gap = self.gap, GAP
            self._expect("?")
            yes = self._inner()
            self._expect(":")
            self.gap = outer
            self.skip_all()
            no = self.expression()
            value = HclOperation("?", (value, yes, no), self.span(start, self.offset))
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
            left = HclOperation(found[0], (left, right), self.span(start, self.offset))

    def _unary(self) -> Expression:
        start = self.offset
        sign = self.text[start : start + 1]
        if sign not in {"-", "!"}:
            return self._steps_from(start, self._primary())
        self.nest()
        self.offset += 1
        self._skip_gap()
        operand = self._unary()
        self.depth -= 1
        span = self.span(start, self.offset)
        if sign == "-" and isinstance(operand, Scalar):
            value = operand.value
            if isinstance(value, int | float) and not isinstance(value, bool):
                return Scalar(-value, "-" + operand.text, span)
        return HclOperation(sign, (operand,), span)

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
        if ahead == "$" and self.text.startswith("${", start):
            return self.interpolation()  # what `templatefile` fills in before anything reads the text
        if ahead == "<" and self.text.startswith("<<", start):
            return self.heredoc()
        if found := _NUMBER.match(self.text, start):
            self.offset = found.end()
            return Scalar(_number(found[0]), found[0], self.span(start, self.offset))
        if found := NAME.match(self.text, start):
            self.offset = found.end()
            return self._named(found[0], start)
        raise Broken(start, "expected a value here")

    def _named(self, name: str, start: int) -> Expression:
        while self.take("::"):
            found = NAME.match(self.text, self.offset)
            if found is None:
                raise Broken(self.offset, "expected the name of a function after `::`")
            self.offset = found.end()
            name += "::" + found[0]
        if self.text.startswith("(", self.offset):
            return self._call(name, start)
        if name in _CONSTANTS:
            return Scalar(_CONSTANTS[name], name, self.span(start, self.offset))
        return Reference(name, (), self.span(start, self.offset))

    def _call(self, name: str, start: int) -> FunctionCall:
        arguments, expands = self._listed("(", ")")
        return FunctionCall(name, arguments, self.span(start, self.offset), expands)

    def _steps_from(self, start: int, value: Expression) -> Expression:
        """`value` with the `.name`, `[index]` and splats behind it."""
        steps: list[Step] = []
        while True:
            before = self.offset
            self._skip_gap()
            if self.take(".", unless="..."):
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
        return StepsFrom(value, tuple(steps), span)

    def _name_step(self) -> Step:
        self._skip_gap()
        if self.take("*"):
            return "*"
        if found := _INDEX.match(self.text, self.offset):
            self.offset = found.end()
            return int(found[0])
        if found := NAME.match(self.text, self.offset):
            self.offset = found.end()
            return found[0]
        raise Broken(self.offset, "expected a name after `.`")

    def _index_step(self) -> Step:
        outer, self.gap = self.gap, GAP
        self._expect("[")
        self._skip_gap()
        step: Step = "*" if self.take("*") else self._inner()
        self._expect("]")
        self.gap = outer
        if isinstance(step, Scalar) and isinstance(step.value, str | int):
            return step.value
        return step

    def _parenthesised(self) -> Expression:
        outer, self.gap = self.gap, GAP
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
        outer, self.gap = self.gap, GAP
        self._expect(opening)
        items: list[Expression] = []
        expands = False
        while not self._closes(closing):
            items.append(self._inner())
            self._skip_gap()
            expands = self.take("...")
            self._skip_gap()
            if not self.take(",") and not self._ahead(closing):
                raise Broken(self.offset, f"expected `,` or `{closing}` here")
        self.gap = outer
        return tuple(items), expands

    def _braces(self) -> Expression:
        start = self.offset
        if self._for_ahead():
            return self._for("{", "}")
        outer, self.gap = self.gap, IN_LINE
        self._expect("{")
        items: list[tuple[Expression, Expression]] = []
        self.skip_all()
        while not self.take("}"):
            bare = not self.text.startswith("(", self.offset)
            key = self.expression()
            if bare and isinstance(key, Reference) and not key.steps:
                key = Scalar(key.root, key.root, key.span)
            self.skip_all()
            if not self.take("=", unless="==") and not self.take(":"):
                raise Broken(self.offset, "expected `=` or `:` after a key, or a `}` is missing")
            self.skip_all()
            items.append((key, self.expression()))
            self._skip_gap()
            self.take(",")
            self.skip_all()
        self.gap = outer
        return ObjectValue(tuple(items), self.span(start, self.offset))

    def _for_ahead(self) -> bool:
        inside = GAP.match(self.text, self.offset + 1)
        return inside is not None and _FOR.match(self.text, inside.end()) is not None

    def _for(self, opening: str, closing: str) -> ForExpression:
        start = self.offset
        outer, self.gap = self.gap, GAP
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
        return ForExpression(
            tuple(names), collection, key, value, condition, groups, self.span(start, self.offset)
        )

    def _bound_name(self) -> str:
        self._skip_gap()
        found = NAME.match(self.text, self.offset)
        if found is None:
            raise Broken(self.offset, "expected the name of a loop's variable")
        self.offset = found.end()
        return found[0]

    def interpolation(self) -> Expression:
        """The expression of the `${...}` at the offset."""
        gap, depth = self.gap, self.depth
        self.gap = GAP
        self.offset += 2
        try:
            self.take("~")
            value = self._inner()
            self._skip_gap()
            self.take("~")
            self._expect("}")
        finally:
            self.gap, self.depth = gap, depth
        return value

    def _inner(self) -> Expression:
        self._skip_gap()
        return self.expression()

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        return Span(self.path, *self.place(start), *self.place(end))

    def skip_all(self) -> None:
        """Goes on behind white space, line ends and comments."""
        found = GAP.match(self.text, self.offset)
        self.offset = found.end() if found else self.offset

    def skip_in_line(self) -> None:
        """Goes on behind white space and comments, not behind the end of the line."""
        found = IN_LINE.match(self.text, self.offset)
        self.offset = found.end() if found else self.offset

    def _skip_gap(self) -> None:
        found = self.gap.match(self.text, self.offset)
        self.offset = found.end() if found else self.offset

    def take(self, wanted: str, unless: str = "\0") -> bool:
        """Whether `wanted` is here (and not `unless`); goes on behind it."""
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
        return self.take(wanted)

    def _expect(self, wanted: str) -> None:
        if not self._closes(wanted):
            raise Broken(self.offset, f"expected `{wanted}` here")

    def nest(self) -> None:
        """One level deeper, as long as that is sane."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Broken(self.offset, f"nested deeper than {_MAX_DEPTH} levels")


def _number(text: str) -> int | float:
    if text[:2].lower() == "0x":
        return int(text, 16)
    return int(text) if text.isdigit() else float(text)
