"""Requests of OpenBao's self-initialisation: what a server sends to itself when it starts for the first time.

`initialize "stage" { request "name" { path = ... data = { ... } } }` (openbao.org/docs/configuration/self-init,
2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import Expression, HclFile, HclTemplate, ListValue, ObjectValue
from bot.documents.kinds import FileKind
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.lazy import dataclass
from bot.vault.values import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Span


@dataclass(frozen=True, slots=True)
class SelfRequest:
    """One request: its path without slashes at the ends, what it sends, and where it is written."""

    path: str
    data: Mapping
    span: Span


def self_requests(documents: Documents) -> Iterator[SelfRequest]:
    """Yield the requests of every server configuration of the tree, in the order of the files."""
    for path in documents.paths(FileKind.HCL):
        read = documents.hcl(path)
        for stage in read.body.of_type("initialize") if isinstance(read, HclFile) else ():
            for request in stage.body.of_type("request"):
                address, data = request.body.get("path"), request.body.get("data")
                if isinstance(address, Scalar) and isinstance(data, ObjectValue):
                    sent = _node(data)
                    if isinstance(sent, Mapping):
                        yield SelfRequest(address.text.strip("/"), sent, request.span)


def _node(expression: Expression) -> Node:
    """The literal value; what is computed is unknown."""
    if isinstance(expression, Scalar):
        return expression
    if isinstance(expression, ListValue):
        return Sequence(tuple(_node(item) for item in expression.items), expression.span)
    if isinstance(expression, ObjectValue):
        entries = {}
        for key, value in expression.items:
            name = _node(key)
            if isinstance(name, Scalar):
                entries[name.text] = Entry(name, _node(value))
        return Mapping(entries, expression.span)
    if isinstance(expression, HclTemplate) and all(isinstance(part, Scalar) for part in expression.parts):
        text = "".join(part.text for part in expression.parts if isinstance(part, Scalar))
        return Scalar(text, text, expression.span)
    return unknown("${...}", expression.span)
