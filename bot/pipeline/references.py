"""`!reference [job, key, ...]`: resolved after `extends`, as far as GitLab resolves it.

After gitlabhq `lib/gitlab/ci/config/yaml/tags/`, read 2026-11: what a reference names is resolved in turn, a mapping
with all that it holds, a list only its own items. A reference deeper in a list stays one, which no keyword accepts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.documents.psych import REFERENCE, is_symbol
from bot.pipeline.specs import written

if TYPE_CHECKING:
    from bot.pipeline.refusals import FileRefusals

MAX_CHAIN: Final = 100
"""References that lead to references; GitLab itself has no limit, this stops a chain made to exhaust the stack."""
MAX_NODES: Final = 400_000
"""Nodes per pipeline that references may bring; stops a bomb of references."""


def resolve_references(root: Mapping, refusals: FileRefusals) -> Mapping:
    """`root` with every `!reference` replaced by what it names; one that names nothing is reported and left out."""
    resolved = _Resolver(root, refusals).resolve(root, ())
    assert isinstance(resolved, Mapping)  # noqa: S101 - a mapping resolves to a mapping
    return resolved


def is_reference(node: Node | None) -> bool:
    """Whether the node is a reference, or one that was left as it is."""
    return node is not None and not isinstance(node, Scalar | Mapping) and node.tag == REFERENCE


class _Resolver:
    def __init__(self, root: Mapping, refusals: FileRefusals) -> None:
        self._root = root
        self._refusals = refusals
        self._brought = 0

    def resolve(self, node: Node, path: tuple[tuple[str, ...], ...]) -> Node | None:
        """`node` without references; the same object where it holds none."""
        if node.tag == REFERENCE:
            return self._reference(node, path)
        if isinstance(node, Scalar):
            return node
        if isinstance(node, Sequence):
            return self._items(node, path, deep=True)
        changed = False
        entries = {}
        for name, entry in node.entries.items():
            value = self.resolve(entry.value, path)
            if value is entry.value:
                entries[name] = entry
                continue
            changed = True
            if value is not None:
                entries[name] = Entry(entry.key, value, (*_way(entry.value), *entry.via))
        return Mapping(entries, node.span, node.tag) if changed else node

    def _items(self, node: Sequence, path: tuple[tuple[str, ...], ...], *, deep: bool) -> Node:
        items = [
            (item, self.resolve(item, path) if deep or item.tag == REFERENCE else item) for item in node.items
        ]
        if all(before is after for before, after in items):
            return node
        kept = []
        for before, after in items:
            if after is not None:
                way = _way(before)
                kept.append(
                    Sequence(after.items, after.span, after.tag, (*way, *after.via))
                    if way and isinstance(after, Sequence)
                    else after
                )
        return Sequence(tuple(kept), node.span, node.tag, node.via)

    def _reference(self, node: Node, path: tuple[tuple[str, ...], ...]) -> Node | None:
        items = node.items if isinstance(node, Sequence) else ()
        listed = f"[{', '.join(_shown(item) for item in items)}]"
        shown = f"{REFERENCE} {_shown(node) if isinstance(node, Scalar) else listed}"
        if not items or not all(_is_text(item) for item in items):
            self._refusals.refuse(node, f"{shown} is not valid")
            return None
        route = tuple(item.text for item in items if isinstance(item, Scalar))
        if route in path:
            self._refusals.refuse(node, f"{shown} is part of a circular chain")
            return None
        target = self._root.get(*route)
        if target is None or (
            isinstance(target, Scalar) and target.value in {None, False} and target.value != 0
        ):
            self._refusals.miss(node, f"{shown} could not be found")
            return None
        self._brought += _size(target)
        if self._brought > MAX_NODES or len(path) >= MAX_CHAIN:
            self._refusals.give_up(node, f"{shown}: too many references, the rest was not followed")
            return None
        if isinstance(target, Sequence) and target.tag != REFERENCE:
            return self._items(target, (*path, route), deep=False)
        return self.resolve(target, (*path, route))


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str) and not is_symbol(node.tag)


def _shown(node: Node) -> str:
    if not isinstance(node, Scalar):
        return "..."
    return f'"{node.text}"' if isinstance(node.value, str) else written(node)


def _way(node: Node) -> tuple[str, ...]:
    if is_reference(node) and isinstance(node, Sequence):
        return (f"!reference [{', '.join(i.text for i in node.items if isinstance(i, Scalar))}]",)
    return ()


def _size(node: Node) -> int:
    if isinstance(node, Mapping):
        return 1 + sum(1 if isinstance(e.value, Scalar) else _size(e.value) for e in node)
    return (
        1 + sum(1 if isinstance(i, Scalar) else _size(i) for i in node) if isinstance(node, Sequence) else 1
    )
