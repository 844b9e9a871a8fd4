"""Terraform's JSON syntax as the same blocks and expressions.

In JSON a nested object may be a block or a map; it is kept as a map, and the reader of the resource knows
better (developer.hashicorp.com/terraform/language/syntax/json, 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.hcl import parse_template
from bot.documents.hcl_nodes import Attribute, Body, Expression, HclBlock, ListValue, ObjectValue
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

# How many labels a block of this type has.
_LABELS = {"resource": 2, "data": 2, "variable": 1, "module": 1, "locals": 0, "moved": 0}


def body_of_json(path: str, root: Mapping) -> Body:
    """The body of a `.tf.json` file."""
    body = Body()
    for entry in root:
        labels = _LABELS.get(entry.key.text)
        if labels is not None:
            body.blocks += _blocks(path, entry, labels)
    return body


def _blocks(path: str, entry: Entry, labels: int, outer: tuple[Scalar, ...] = ()) -> Iterator[HclBlock]:
    kind = outer[0].text if outer else entry.key.text
    found = (*outer, entry.key)
    items = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
    for item in items:
        if not isinstance(item, Mapping):
            continue
        if labels:
            for inner in item:
                yield from _blocks(path, inner, labels - 1, found)
        else:
            yield HclBlock(kind, found[1:], _body(path, item), entry.span, found[-1].span)


def _body(path: str, node: Mapping) -> Body:
    body = Body()
    for entry in node:
        name = entry.key.text
        body.attributes[name] = Attribute(name, _expression(path, entry.value), entry.span, entry.key.span)
    return body


def _expression(path: str, node: Node) -> Expression:
    if isinstance(node, Mapping):
        return ObjectValue(tuple((e.key, _expression(path, e.value)) for e in node), node.span)
    if isinstance(node, Sequence):
        return ListValue(tuple(_expression(path, item) for item in node), node.span)
    if isinstance(node.value, str) and ("${" in node.value or "%{" in node.value):
        return parse_template(path, node)
    return node
