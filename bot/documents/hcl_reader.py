"""The reader behind `parse_hcl`: recursive descent over one text, every node with its place.

Grammar: the native syntax specification of HCL 2 (github.com/hashicorp/hcl, hclsyntax/spec.md) and the parser
of HCL 1 (github.com/hashicorp/hcl v1, hcl/parser/parser.go), both read 2026-11.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.hcl_expressions import IN_LINE, NAME, ExpressionReader
from bot.documents.hcl_nodes import Attribute, Body, Directive, Expression, HclBlock, HclTemplate
from bot.documents.hcl_strings import Broken
from bot.documents.location import Place, Unreadable
from bot.documents.nodes import Scalar
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_BREAKS = 50
_ITEM_AHEAD = regex(
    r'^[ \t]*(?:"?[^\W\d][\w-]*"?[ \t]*(?:=(?![=>])|(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*\{)|\})',
    re.MULTILINE,
)
# A line by which a program that fills the text in (Terraform's templates, Jinja, Go's, ERB) leaves others out.
_CONTROL_LINE = regex(
    r"(?:%\{|\{%|\{\{|<%)[-~+]?[ \t]*(?:if|else|elif|elsif|elseif|endif|for|endfor|end|range|with|unless)\b"
    r"[^\n]*?(?:\}|%>)[ \t]*(?=\r?\n|\Z)"
)
_MARGIN_HEADER = regex(r'[^\W\d][\w-]*(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*\{')


def read_body(
    path: str, text: str, place: Callable[[int], Place] | None
) -> tuple[Body, tuple[Unreadable, ...]]:
    """The body of the whole text, and what in it could not be read."""
    reader = _HclReader(path, text, place)
    body = reader.file_body()
    if reader.unclosed:
        lenient = _HclReader(path, text, place)
        lenient.margin_closes = True
        body, reader = lenient.file_body(), lenient
    return body, tuple(reader.breaks)


def read_template(path: str, scalar: Scalar) -> Expression:
    """The text of `scalar` as a template; what is broken in it makes all of it a `Directive`."""
    reader = _HclReader(path, scalar.text, scalar.place)
    try:
        return reader.template(scalar.span)
    except Broken:
        return HclTemplate((Directive(scalar.text, scalar.span),), scalar, scalar.span)


class _HclReader(ExpressionReader):
    """One text being read; `self.offset` is the next character."""

    def __init__(self, path: str, text: str, place: Callable[[int], Place] | None) -> None:
        self.path = path
        self.text = text
        self.offset = 0
        self.depth = 0
        self.gap = IN_LINE
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
        self.nest()
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
            control = _CONTROL_LINE.match(self.text, start)
            if control is not None:
                self.offset = control.end()
                continue
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
        self.skip_in_line()
        if self.take("=", unless="==") or self.take(":"):
            self.skip_in_line()
            expression = self.expression()
            attribute = Attribute(name, expression, self.span(start, self.offset), name_span)
            earlier = body.attributes.pop(name, None)
            if earlier is not None:
                body.repeated.append(earlier)
            body.attributes[name] = attribute
        else:
            body.blocks.append(self._block(name, start, body))
        self.skip_in_line()
        self.take(",")

    def _block(self, name: str, start: int, parent: Body) -> HclBlock:
        labels: list[Scalar] = []
        while not self.take("{"):
            labels.append(self._label())
            self.skip_all()  # HCL 1 accepts the brace on the next line
        header = self.span(start, self.offset)
        gap, self.gap = self.gap, IN_LINE
        body = self._body(closed_by="}")
        self.gap = gap
        parent.broken = parent.broken or (body.broken and self.unclosed)
        return HclBlock(name, tuple(labels), body, self.span(start, self.offset), header)

    def _item_name(self) -> str:
        if self.text.startswith('"', self.offset):
            quoted = self.quoted()
            if isinstance(quoted, Scalar):
                return quoted.text
        elif found := NAME.match(self.text, self.offset):
            self.offset = found.end()
            return found[0]
        raise Broken(self.offset, "expected the name of an attribute or a block here")

    def _label(self) -> Scalar:
        start = self.offset
        if self.text.startswith('"', start):
            quoted = self.quoted()
            return quoted if isinstance(quoted, Scalar) else quoted.raw
        if found := NAME.match(self.text, start):
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


def _places(text: str) -> Callable[[int], Place]:
    """From an offset to its line and column."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(offset: int) -> Place:
        line = bisect_right(starts, offset)
        return Place(line, offset - starts[line - 1] + 1)

    return place
