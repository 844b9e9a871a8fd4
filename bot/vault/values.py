"""Values that a format computes: known, partly known, or not at all."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.location import Place
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.documents.location import Span


@dataclass(slots=True, eq=False)
class UnknownValue(Scalar):
    """A value that the repository does not say. `value` is always None; no rule may read meaning from it.

    `text` is its source, with the known parts filled in (`secret/data/${var.team}/*`).
    """


@dataclass(slots=True, eq=False)
class JsonText(Scalar):
    """The result of `jsonencode(...)`: its text, and the value that it encodes, with its places."""

    decoded: Node | None = None


@dataclass(slots=True, eq=False)
class SetValue(Sequence):
    """A set, each value once, in the order in which Terraform goes over it."""


class Joined:
    """A text joined from parts that are apart. Called with an offset (0-based), it gives the place."""

    __slots__ = ("_parts", "_starts", "_texts")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._starts: list[int] = []
        self._parts: list[tuple[Span, Scalar | None]] = []

    def add(self, text: str, span: Span, literal: Scalar | None) -> None:
        """Appends `text`, written at `span`: literally, or as the result of what is there."""
        self._starts.append(self._starts[-1] + len(self._texts[-1]) if self._texts else 0)
        self._texts.append(text)
        self._parts.append((span, literal))

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._texts)

    def __call__(self, offset: int) -> Place:
        """Where the character at `offset` comes from."""
        index = max(bisect_right(self._starts, offset) - 1, 0)
        span, literal = self._parts[index]
        if literal is not None:
            return literal.place(offset - self._starts[index])
        return Place(span.start_line, span.start_column)


def unknown(text: str, span: Span) -> UnknownValue:
    """An unknown value whose source is `text`."""
    return UnknownValue(None, text, span)


def is_known(node: Node | None) -> bool:
    """Whether `node` is there and contains nothing unknown, however deep."""
    if isinstance(node, UnknownValue) or node is None:
        return False
    if isinstance(node, Mapping):
        return all(is_known(entry.key) and is_known(entry.value) for entry in node)
    if isinstance(node, Sequence):
        return all(is_known(item) for item in node.items)
    return is_known(node.decoded) if isinstance(node, JsonText) and node.decoded is not None else True


def mapping_of(items: list[tuple[Scalar, Node]], span: Span) -> Mapping:
    """A mapping of these items; the last of a repeated key wins."""
    return Mapping({key.text: Entry(key, value) for key, value in items}, span)


def json_text(node: Node, span: Span) -> JsonText:
    """`node` as Terraform's `jsonencode` writes it, keys in order."""
    return JsonText(None if not is_known(node) else _dumped(node), _dumped(node), span, decoded=node)


def _dumped(node: Node) -> str:
    return json.dumps(plain_of(node), separators=(",", ":"), sort_keys=True)


def plain_of(node: Node) -> object:
    """The value as Python's own types; an unknown one is its source."""
    if isinstance(node, Mapping):
        return {key: plain_of(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain_of(item) for item in node.items]
    return node.text if isinstance(node, UnknownValue) else node.value
