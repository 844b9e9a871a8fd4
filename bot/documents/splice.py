"""One file under the knife: from characters to edits of whole lines, as few of them as will do."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from bot.documents.json import parse_json
from bot.documents.lines import ending_of, split_lines
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Node, Sequence
from bot.documents.source import SourceText
from bot.documents.yaml import Dialect, parse_yaml
from bot.fixes import Edit
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Place, Span

_BLANKS: Final = " \t"
_SPACE: Final = " \t\r\n"
_BLOCK_HEADER: Final = regex(r"(?P<indicator>[|>])(?P<marks>[-+0-9]*)(?P<rest>[^\n]*)")


class File:
    """The text of one file and the edits that can be made of it."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._source = SourceText(path, text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their endings."""
        return split_lines(self.text)

    @cached_property
    def newline(self) -> str:
        """The line ending that the file uses (that of its first line)."""
        return (ending_of(self.lines[0]) if self.lines else "") or "\n"

    @property
    def is_yaml(self) -> bool:
        """Whether the name says YAML."""
        return self.path.lower().removesuffix(".tpl").endswith((".yml", ".yaml"))

    def read(self) -> tuple[Node, ...] | None:
        """The documents of a YAML or JSON file; None for another kind, or where it cannot be read."""
        if self.is_yaml:
            read = parse_yaml(self.path, self.text, Dialect.GENERAL)
            return None if isinstance(read, Unreadable) else read
        if self.path.lower().endswith(".json"):
            node = parse_json(self.path, self.text)
            return None if isinstance(node, Unreadable) else (node,)
        return None

    def holds(self, span: Span) -> bool:
        """Whether a YAML node is at `span`; JSON that lies in a YAML string does not."""
        return self.is_yaml and span in _spans_of(self.path, self.text)

    def indent_of(self, span: Span) -> int:
        """How many blanks are before the first character of a block; a byte order mark is none."""
        return span.start_column - 1 - (span.start_line == 1 and self.text.startswith("\ufeff"))

    def index(self, place: Place) -> int:
        """The index (0-based) of a place."""
        return self._source.index(place.line, place.column)

    def indices(self, span: Span) -> tuple[int, int]:
        """The indices (0-based) of a span's first character and of the one behind its last."""
        start = self._source.index(span.start_line, span.start_column)
        return start, self._source.index(span.end_line, span.end_column)

    def splice(self, start: int, end: int, new: str) -> Edit:
        """The edit that replaces `text[start:end]` by `new`, on the fewest whole lines."""
        first = self._source.place(start).line
        last = max(first, self._source.place(end).line)
        old = self.lines[first - 1 : last]
        line_start = self._source.index(first, 1)
        line_end = line_start + sum(map(len, old))
        fresh = split_lines(self.text[line_start:start] + new + self.text[end:line_end])
        while old and fresh and old[-1] == fresh[-1]:
            old.pop()
            fresh.pop()
            last -= 1
        while old and fresh and old[0] == fresh[0]:
            old.pop(0)
            fresh.pop(0)
            first += 1
        return Edit(self.path, first, last, "".join(fresh))

    def insert_lines_after(self, line: int, lines: list[str]) -> Edit:
        """The edit that adds `lines` (without endings) below `line` (1-based)."""
        above = self.lines[line - 1] if line else "\n"
        if ending_of(above):
            return Edit(self.path, line + 1, line, "".join(added + self.newline for added in lines))
        return Edit(self.path, line, line, above + "".join(self.newline + added for added in lines))

    def remove_lines(self, first: int, last: int) -> Edit:
        """The edit that takes the lines `first` to `last` (1-based, included) out."""
        if last >= len(self.lines) and first > 1 and not ending_of(self.lines[-1]):
            above = self.lines[first - 2]
            return Edit(self.path, first - 1, last, above.removesuffix(ending_of(above)))
        return Edit(self.path, first, last, "")

    def replace_block(self, start: int, end: int, new: str) -> Edit:
        """The edit that writes `new` (one line) behind the key, instead of the block at `start` below it."""
        before = start
        while before > 0 and self.text[before - 1] in _SPACE:
            before -= 1
        if before == 0:
            return self.splice(start, end, new)
        return self.splice(before, end, " " + new)

    def whole_lines(self, start: int, end: int) -> tuple[int, int]:
        """The same range; where it leaves nothing but blanks of its lines, the lines with an ending."""
        left = start
        while left > 0 and self.text[left - 1] in _BLANKS:
            left -= 1
        right = end
        while right < len(self.text) and self.text[right] in " \t\r":
            right += 1
        at_start = left == 0 or self.text[left - 1] == "\n"
        if not at_start or (right < len(self.text) and self.text[right] != "\n"):
            return start, end
        if right < len(self.text):
            return left, right + 1
        return max(0, left - len(ending_of(self.text[:left]))), right

    def indent_at(self, index: int) -> int:
        """How many characters are before `index` on its line."""
        return self._source.place(index).column - 1

    def starts_its_line(self, index: int) -> bool:
        """Whether nothing but blanks is before `index` on its line."""
        place = self._source.place(index)
        return not self.lines[place.line - 1][: place.column - 1].strip(_BLANKS)

    def only_space(self, start: int, end: int) -> bool:
        """Whether nothing but blanks and line ends is from `start` to `end`."""
        return not self.text[start:end].strip(_SPACE)

    def block(self, start: int, end: int, value: str) -> str | None:
        """`value` as the literal or folded block that is at `start`; None where blocks cannot contain it."""
        header = _BLOCK_HEADER.match(self.text, start)
        if header is None or not value.strip() or value[0] in " \t\n" or "\r" in value:
            return None
        content = self.text[header.end() + 1 : end]
        first = next((line for line in content.split("\n") if line.strip()), "")
        indent = first[: len(first) - len(first.lstrip(" "))]
        body = value.rstrip("\n")
        endings = len(value) - len(body)
        if not indent or endings > 1:
            return None
        indicator = "|" if "\n" in body else header["indicator"]
        lines = [indent + line if line else "" for line in body.split("\n")]
        head = indicator + ("" if endings else "-") + header["rest"].rstrip("\r")
        return self.newline.join([head, *lines])


@lru_cache(maxsize=4)
def _spans_of(path: str, text: str) -> frozenset[Span]:
    """Where the nodes of a YAML file are; kept, because one file gets many edits."""
    documents = File(path, text).read() or ()
    return frozenset(node.span for document in documents for node in nodes_of(document))


def nodes_of(node: Node, seen: set[int] | None = None) -> Iterator[Node]:
    """Every node from here down, keys too, each once."""
    seen = set() if seen is None else seen
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    if isinstance(node, Mapping):
        for entry in list(node):
            yield from nodes_of(entry.key, seen)
            yield from nodes_of(entry.value, seen)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from nodes_of(item, seen)
