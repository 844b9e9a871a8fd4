"""The nodes of a read document, the same for YAML and JSON.

Treat them as immutable and share them freely: a merged CI job is a `Mapping` whose entries are still in the files
that they came from.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from bot.documents.location import Place, Span
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Style(StrEnum):
    """How a scalar is written in its file; decides how an edit must quote."""

    PLAIN = "plain"
    SINGLE = "single"
    DOUBLE = "double"
    LITERAL = "literal"
    FOLDED = "folded"


@dataclass(slots=True, eq=False)
class Scalar:
    """A single value.

    `value` is typed as the format's own reader types it (Psych for YAML: `yes` is True, `010` is 8); `text` is
    the decoded characters, always a string. `tag` contains an explicit tag such as `!reference`, else None.
    `locate` maps an offset in `text` (0-based) to its place in the file, exactly also in literal and folded blocks.
    """

    value: str | int | float | bool | None
    text: str
    span: Span
    style: Style = Style.PLAIN
    tag: str | None = None
    locate: Callable[[int], Place] | None = None

    def place(self, offset: int) -> Place:
        """Where the character at `offset` (0-based, in `text`) is in the file."""
        if self.locate is not None:
            return self.locate(offset)
        return Place(self.span.start_line, self.span.start_column + offset)


@dataclass(slots=True, eq=False)
class Entry:
    """One `key: value` of a mapping. `via` gives the way it came, nearest first: ("extends .base", "anchor &x")."""

    key: Scalar
    value: Node
    via: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """From the first character of the key to the last of the value; of the key alone where they are apart."""
        start, end = self.key.span, self.value.span
        if start.path != end.path or (end.end_line, end.end_column) < (start.end_line, start.end_column):
            return start
        return Span(start.path, start.start_line, start.start_column, end.end_line, end.end_column)


@dataclass(slots=True, eq=False)
class Mapping:
    """Keys to values, in the order of the reader; a repeated key has been settled as the reader settles it."""

    entries: dict[str, Entry]
    span: Span
    tag: str | None = None

    def get(self, *route: str) -> Node | None:
        """The value at `route` (keys from here down), or None."""
        node: Node | None = self
        for key in route:
            if not isinstance(node, Mapping) or key not in node.entries:
                return None
            node = node.entries[key].value
        return node

    def entry(self, *route: str) -> Entry | None:
        """The entry at `route` (keys from here down), or None."""
        parent = self.get(*route[:-1])
        return parent.entries.get(route[-1]) if isinstance(parent, Mapping) else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(slots=True, eq=False)
class Sequence:
    """Values in order."""

    items: tuple[Node, ...]
    span: Span
    tag: str | None = None
    via: tuple[str, ...] = field(default=())

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


Node: TypeAlias = Scalar | Mapping | Sequence


def text_of(node: Node | None) -> str | None:
    """The text of a scalar; None for anything else and for a YAML null."""
    return node.text if isinstance(node, Scalar) and node.value is not None else None


def is_null(node: Node | None) -> bool:
    """Whether there is no node, or a YAML null."""
    return node is None or (isinstance(node, Scalar) and node.value is None)


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything in it, outermost first."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Mapping):
            waiting += [entry.value for entry in reversed(node.entries.values())]
        elif isinstance(node, Sequence):
            waiting += reversed(node.items)


def plain(node: Node | None) -> object:
    """The node as ordinary Python values (dict, list, scalars), for comparison with other programs."""
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if node is not None else None
