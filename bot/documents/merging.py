"""What `<<` does: merging as Psych merges, which is not as other YAML readers do.

After Psych 4.0.4, `visitors/to_ruby.rb`, `revive_hash` (read 2026-11): a `<<` overrides what is before it,
is overridden by what is behind it, and may come several times.
"""

from __future__ import annotations

from typing import Final

from bot.documents.nodes import Entry, Mapping, Node, Sequence
from bot.documents.psych import REFERENCE, RefusedValue

MERGE_KEY: Final = "<<"


def merge(entries: dict[str, Entry], value: Node, via: tuple[str, ...]) -> bool:
    """Merge `value` over `entries`, as Psych does; False where Psych would not merge."""
    if isinstance(value, Mapping) and value.tag != REFERENCE:
        merged = dict(value.entries)
    elif isinstance(value, Sequence) and not via:
        if value.tag == REFERENCE:
            raise RefusedValue(
                "GitLab cannot merge a !reference with <<: use extends, or refer to single keys"
            )
        parents = [item for item in value.items if isinstance(item, Mapping)]
        if len(parents) < len(value.items):
            return False
        merged = {}
        for parent in reversed(parents):
            merged.update(parent.entries)
    else:
        return False
    for name, entry in merged.items():
        entries[name] = Entry(entry.key, entry.value, (*via, *entry.via)) if via else entry
    return True


def with_way(node: Node, via: tuple[str, ...]) -> Node:
    """The aliased `node` as an item of a list, which has no entry to say which way it came."""
    if isinstance(node, Sequence):
        return Sequence(node.items, node.span, node.tag, (*via, *node.via))
    if isinstance(node, Mapping):
        entries = {name: Entry(e.key, e.value, (*via, *e.via)) for name, e in node.entries.items()}
        return Mapping(entries, node.span, node.tag)
    return node
