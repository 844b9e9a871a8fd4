"""Values of HCL that are written out, as the nodes that every reader takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.hcl_nodes import Expression, HclFile, HclTemplate, ListValue, ObjectValue
from bot.documents.kinds import FileKind
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.vault.values import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents


def terragrunt_inputs(documents: Documents) -> Iterator[Node]:
    """Yield what Terragrunt gives the module of each file (docs.terragrunt.com/features/units, 2026-11)."""
    for path in documents.paths(FileKind.HCL):
        read = documents.hcl(path)
        inputs = read.attributes.get("inputs") if isinstance(read, HclFile) else None
        if inputs is not None:
            yield literal_of(inputs.expression)


def literal_of(expression: Expression) -> Node:
    """Return the literal value; what is computed is unknown."""
    if isinstance(expression, Scalar):
        return expression
    if isinstance(expression, ListValue):
        return Sequence(tuple(literal_of(item) for item in expression.items), expression.span)
    if isinstance(expression, ObjectValue):
        entries = {}
        for key, value in expression.items:
            name = literal_of(key)
            if isinstance(name, Scalar):
                entries[name.text] = Entry(name, literal_of(value))
        return Mapping(entries, expression.span)
    if isinstance(expression, HclTemplate) and all(isinstance(part, Scalar) for part in expression.parts):
        text = "".join(part.text for part in expression.parts if isinstance(part, Scalar))
        return Scalar(text, text, expression.span)
    return unknown("${...}", expression.span)
