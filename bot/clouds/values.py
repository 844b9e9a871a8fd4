"""Values of a configuration that may not be known, under one name for the whole room."""

from __future__ import annotations

from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.vault.values import JsonText, UnknownValue, unknown

__all__ = ["JsonText", "UnknownValue", "is_unknown", "lowered", "scalars", "text_or_source", "unknown"]


def is_unknown(node: Node | None) -> bool:
    """Return whether the repository does not say the value of this scalar."""
    return isinstance(node, UnknownValue)


def scalars(node: Node | None) -> tuple[Scalar, ...]:
    """Return the scalars of a value that may be one text or a list of texts."""
    if isinstance(node, Sequence):
        return tuple(scalar for item in node for scalar in scalars(item))
    return (node,) if isinstance(node, Scalar) else ()


def text_or_source(node: Node | None) -> str:
    """Return the text of a scalar, or the source of an unknown one; "" for anything else."""
    return node.text if isinstance(node, Scalar) else ""


def lowered(mapping: Mapping) -> dict[str, Node]:
    """Return the values by lower-case key."""
    return {entry.key.text.lower(): entry.value for entry in mapping}
