"""The configuration of bank-vaults: lists of what it makes in Vault, at the top or under `externalConfig`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.nodes import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node


def listed(root: Mapping, key: str) -> Iterator[Node]:
    """Yield the items of a list (`secrets`, `audit`), of a file or of the operator's resource."""
    for holder in (root, root.get("externalConfig"), root.get("spec", "externalConfig")):
        items = holder.get(key) if isinstance(holder, Mapping) else None
        yield from items if isinstance(items, Sequence) else ()
