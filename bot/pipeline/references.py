"""`!reference [job, key, ...]`: nested up to ten deep, resolved after `extends`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.location import Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH: Final = 10
"""Nested `!reference` go up to 10 levels (docs.gitlab.com/ci/yaml/yaml_optimization, 2026-11)."""
MAX_NODES: Final = 400_000
"""Nodes per pipeline that references may bring; stops a bomb of references."""


def resolve_references(root: Mapping, tell: Callable[[Unreadable], None]) -> Mapping:
    """`root` with every `!reference` replaced by what it names; one that names nothing is told and left out."""
    resolved = _Resolver(root, tell).resolve(root, ())
    assert isinstance(resolved, Mapping)  # noqa: S101 - a mapping resolves to a mapping
    return resolved


class _Resolver:
    def __init__(self, root: Mapping, tell: Callable[[Unreadable], None]) -> None:
        self._root = root
        self._tell = tell
        self._brought = 0

    def resolve(self, node: Node, path: tuple[tuple[str, ...], ...]) -> Node | None:
        """`node` without references; the same object where it holds none."""
        if isinstance(node, Scalar):
            return node
        if isinstance(node, Sequence):
            return self._reference(node, path) if node.tag == "!reference" else self._items(node, path)
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

    def _items(self, node: Sequence, path: tuple[tuple[str, ...], ...]) -> Node:
        items = [(item, self.resolve(item, path)) for item in node.items]
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

    def _reference(self, node: Sequence, path: tuple[tuple[str, ...], ...]) -> Node | None:
        route = tuple(item.text for item in node.items if isinstance(item, Scalar))
        shown = f"!reference [{', '.join(route)}]"
        if route in path:
            self._refuse(node, f"{shown} leads back to itself: GitLab refuses the file")
            return None
        if len(path) >= MAX_DEPTH:
            self._refuse(node, f"{shown} is nested more than {MAX_DEPTH} deep: GitLab refuses the file")
            return None
        if not all(isinstance(item, Scalar) and isinstance(item.value, str) for item in node.items):
            # gitlabhq `lib/gitlab/ci/config/yaml/tags/reference.rb`, read 2026-11
            self._refuse(node, f"{shown} must name keys, by text only: GitLab refuses the file")
            return None
        target = self._root.get(*route) if route else None
        if target is None:
            self._refuse(node, f"{shown} is not in what was read; add it or its file")
            return None
        self._brought += _size(target)
        if self._brought > MAX_NODES:
            self._refuse(node, f"{shown}: too many references, the rest was not followed")
            return None
        return self.resolve(target, (*path, route))

    def _refuse(self, node: Sequence, reason: str) -> None:
        self._tell(Unreadable(node.span.path, node.span.start_line, reason))


def _way(node: Node) -> tuple[str, ...]:
    if isinstance(node, Sequence) and node.tag == "!reference":
        return (f"!reference [{', '.join(i.text for i in node.items if isinstance(i, Scalar))}]",)
    return ()


def _size(node: Node) -> int:
    if isinstance(node, Mapping):
        return 1 + sum(1 if isinstance(e.value, Scalar) else _size(e.value) for e in node)
    return (
        1 + sum(1 if isinstance(i, Scalar) else _size(i) for i in node) if isinstance(node, Sequence) else 1
    )
