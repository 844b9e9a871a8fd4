"""Quoted strings, templates and heredocs of HCL, each character of their text with its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import Directive, Expression, HclTemplate
from bot.documents.nodes import Scalar, Style
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Place, Span

_PLAIN = regex(r'[^"\\\n$%]+')
_PLAIN_HEREDOC = regex(r"[^$%\n]*\n|[^$%\n]+")
_BLANK = regex(r"[^\S\n]*\n")
_ESCAPE = regex(r"\\(?:([nrtabfv\"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{3}))")
_CONTROLS = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    '"': '"',
    "\\": "\\",
}
_HEREDOC = regex(r"<<(-?)[ \t]*([^\W\d][\w-]*)[ \t]*\r?\n")
_BALANCED = regex(r"[$%]\{(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]*\})*\})*\}")


class Broken(Exception):
    """What is at `offset` cannot be read; `reason` names the remedy."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


class Pieces:
    """A text put together from runs of the source. Called with an offset in the text, it gives the place."""

    __slots__ = ("_at", "_source", "_texts", "length", "place")

    def __init__(self, place: Callable[[int], Place]) -> None:
        self.place = place
        self.length = 0
        self._texts: list[str] = []
        self._at: list[int] = []
        self._source: list[int] = []

    def add(self, text: str, source: int) -> None:
        """Appends `text`, whose first character is at the offset `source`."""
        self._at.append(self.length)
        self._source.append(source)
        self._texts.append(text)
        self.length += len(text)

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._texts)

    def __call__(self, offset: int) -> Place:
        """Where the character at `offset` (0-based) is in the file."""
        run = max(bisect_right(self._at, offset) - 1, 0)
        if not self._at:
            return self.place(0)
        return self.place(self._source[run] + offset - self._at[run])


class StringReader:
    """The part of the reader that knows strings."""

    path: str
    text: str
    offset: int
    place: Callable[[int], Place]

    def expression(self) -> Expression:
        """The expression at the offset."""
        raise NotImplementedError

    def skip_all(self) -> None:
        """Goes on behind white space, line ends and comments."""
        raise NotImplementedError

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        raise NotImplementedError

    def interpolation(self) -> Expression:
        """The expression of the `${...}` at the offset."""
        raise NotImplementedError

    def quoted(self) -> Scalar | HclTemplate:
        """The string in quotes at the offset."""
        start = self.offset
        self.offset += 1
        parts: list[Expression] = []
        pieces = Pieces(self.place)
        part_start = self.offset
        while True:
            found = _PLAIN.match(self.text, self.offset)
            if found:
                pieces.add(found[0], found.start())
                self.offset = found.end()
            ahead = self.text[self.offset : self.offset + 1]
            if ahead == '"':
                break
            if ahead in {"", "\n"}:
                raise Broken(start, "a string is not closed on its line")
            if ahead == "\\":
                self._escape(pieces)
            else:
                pieces, part_start = self._marked(pieces, parts, part_start, Style.DOUBLE)
        end = self.offset
        self.offset += 1
        span = self.span(start, self.offset)
        if not parts:
            if not pieces.length:
                pieces.add("", start + 1)
            return Scalar(pieces.text, pieces.text, span, Style.DOUBLE, None, pieces)
        self._close_part(pieces, parts, part_start, Style.DOUBLE)
        return HclTemplate(tuple(parts), self._raw(start + 1, end, span, Style.DOUBLE), span)

    def heredoc(self) -> Scalar | HclTemplate:
        """The heredoc at the offset; `<<-` takes off the indentation that all its lines share."""
        start = self.offset
        opening = _HEREDOC.match(self.text, start)
        if opening is None:
            raise Broken(start, "a heredoc needs a marker alone behind `<<`")
        marker = re.compile(rf"^[ \t]*{re.escape(opening[2])}(?=[ \t]*\r?$)", re.MULTILINE)
        closing = marker.search(self.text, opening.end())
        if closing is None:
            raise Broken(start, "a heredoc is not closed: its marker must be alone on a line")
        first, end = opening.end(), closing.start()
        indent = self._indentation(first, end) if opening[1] else 0
        return self._template(first, end, self.span(start, closing.end()), closing.end(), indent)

    def template(self, span: Span) -> Scalar | HclTemplate:
        """The whole text as a template; `span` is where it is."""
        return self._template(0, len(self.text), span, len(self.text), 0)

    def _template(self, first: int, end: int, span: Span, behind: int, indent: int) -> Scalar | HclTemplate:
        """The template from `first` to `end`; reading goes on at `behind`."""
        parts: list[Expression] = []
        pieces = Pieces(self.place)
        part_start = self.offset = first
        while self.offset < end:
            at = self.offset
            if indent and self.text[at - 1] == "\n" and not _BLANK.match(self.text, at):
                self.offset = at = at + indent
            if found := _PLAIN_HEREDOC.match(self.text, at, end):
                pieces.add(found[0], at)
                self.offset = found.end()
            else:
                pieces, part_start = self._marked(pieces, parts, part_start, Style.LITERAL)
        if parts:
            self._close_part(pieces, parts, part_start, Style.LITERAL)
        elif not pieces.length:
            pieces.add("", first)
        self.offset = behind
        if not parts:
            return Scalar(pieces.text, pieces.text, span, Style.LITERAL, None, pieces)
        return HclTemplate(tuple(parts), self._raw(first, end, span, Style.LITERAL), span)

    def _indentation(self, first: int, end: int) -> int:
        """How many characters of white space all lines share; blank ones do not count (as in hclsyntax)."""
        lines = self.text[first:end].split("\n")[:-1]
        widths = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
        return min(widths, default=0)

    def _raw(self, start: int, end: int, span: Span, style: Style) -> Scalar:
        raw = Pieces(self.place)
        raw.add(self.text[start:end], start)
        return Scalar(raw.text, raw.text, span, style, None, raw)

    def _escape(self, pieces: Pieces) -> None:
        found = _ESCAPE.match(self.text, self.offset)
        if found is None:
            raise Broken(self.offset, "an unknown `\\` escape; write `\\\\` for a backslash")
        control, *codes = found.groups()
        octal = codes.pop()
        if control:
            character = _CONTROLS[control]
        elif octal:
            character = chr(int(octal, 8))
        else:
            character = _character(next(int(code, 16) for code in codes if code))
        pieces.add(character, self.offset)
        self.offset = found.end()

    def _marked(
        self, pieces: Pieces, parts: list[Expression], part_start: int, style: Style
    ) -> tuple[Pieces, int]:
        """Reads what starts with `$` or `%`; comes back with the pieces that the text goes on with."""
        at = self.offset
        mark = self.text[at]
        if self.text.startswith((mark * 2 + "{"), at):
            pieces.add(mark + "{", at + 1)
            self.offset = at + 3
            return pieces, part_start
        if not self.text.startswith("{", at + 1):
            pieces.add(mark, at)
            self.offset = at + 1
            return pieces, part_start
        self._close_part(pieces, parts, part_start, style)
        try:
            parts.append(self.interpolation() if mark == "$" else self._unparsed())
        except Broken:
            # HCL 1 takes anything between balanced braces, and other programs put their own languages there.
            self.offset = at
            parts.append(self._unparsed())
        return Pieces(self.place), self.offset

    def _close_part(self, pieces: Pieces, parts: list[Expression], part_start: int, style: Style) -> None:
        if pieces.length:
            span = self.span(part_start, self.offset)
            parts.append(Scalar(pieces.text, pieces.text, span, style, None, pieces))

    def _unparsed(self) -> Directive:
        found = _BALANCED.match(self.text, self.offset)
        if found is None:
            raise Broken(self.offset, f"`{self.text[self.offset]}{{` is not closed on its line")
        self.offset = found.end()
        return Directive(found[0], self.span(found.start(), found.end()))


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 else "�"  # noqa: PLR2004 - the last code point
