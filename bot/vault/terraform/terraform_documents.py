"""Terraform's functions over documents: JSON and YAML, to text and back. `None` means: not known here.

Functions: developer.hashicorp.com/terraform/language/functions, checked 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.vault.values import JsonText, UnknownValue, json_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Span


def _jsonencode(arguments: list[Node], span: Span) -> Node | None:
    return json_text(arguments[0], span) if len(arguments) == 1 else None


def _jsondecode(arguments: list[Node], _span: Span) -> Node | None:
    text = arguments[0] if arguments else None
    if isinstance(text, JsonText):
        return text.decoded
    if not isinstance(text, Scalar) or not isinstance(text.value, str):
        return None
    read = parse_json(text.span.path, text.text, text.place)
    return None if isinstance(read, Unreadable) else read


def _yamldecode(arguments: list[Node], _span: Span) -> Node | None:
    from bot.documents.yaml import Dialect, parse_yaml  # noqa: PLC0415 - most modules read no YAML

    text = arguments[0] if arguments else None
    if isinstance(text, UnknownValue) or not isinstance(text, Scalar) or not isinstance(text.value, str):
        return None
    read = parse_yaml(text.span.path, text.text, Dialect.GENERAL)
    if isinstance(read, Unreadable) or len(read) != 1:
        return None
    is_whole_file = text.place(0) == (1, 1) and text.span[1:3] == (1, 1)
    return read[0] if is_whole_file else _placed(read[0], text.span)


def _placed(node: Node, span: Span) -> Node:
    """The same value, all of it at `span`: the text that it was read from is made of parts."""
    if isinstance(node, Mapping):
        entries = {
            name: Entry(Scalar(entry.key.value, entry.key.text, span), _placed(entry.value, span))
            for name, entry in node.entries.items()
        }
        return Mapping(entries, span)
    if isinstance(node, Sequence):
        return Sequence(tuple(_placed(item, span) for item in node.items), span)
    return Scalar(node.value, node.text, span)


DOCUMENT_FUNCTIONS: dict[str, Callable[[list[Node], Span], Node | None]] = {
    "jsondecode": _jsondecode,
    "jsonencode": _jsonencode,
    "yamldecode": _yamldecode,
}
