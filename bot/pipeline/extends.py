"""`extends`: several parents, each with its own, at most eleven levels deep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.location import Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.pipeline.merging import came_by, deep_merge

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LEVELS: Final = 11
"""`extends` supports up to eleven levels of inheritance (docs.gitlab.com/ci/yaml/#extends, 2026-11)."""
MAX_MERGES: Final = 20_000
"""Merges per pipeline; a pipeline of strangers must not cost unbounded time."""


def extend_jobs(root: Mapping, tell: Callable[[Unreadable], None]) -> Mapping:
    """`root` with every `extends` merged; what cannot be is told and left as it stands."""
    return _Extender(root, tell).run()


def names_of(node: Node | None) -> list[Scalar]:
    """The scalars of a value that is one name or a list of names."""
    if isinstance(node, Scalar):
        return [node] if node.value is not None else []
    if isinstance(node, Sequence):
        return [item for item in node if isinstance(item, Scalar)]
    return []


class _Extender:
    def __init__(self, root: Mapping, tell: Callable[[Unreadable], None]) -> None:
        self._root = root
        self._tell = tell
        self._done: dict[str, tuple[Mapping, int]] = {}
        self._merges = 0

    def run(self) -> Mapping:
        entries = {}
        for name, entry in self._root.entries.items():
            value = entry.value
            if isinstance(value, Mapping) and "extends" in value:
                value = self._extended(name, ())[0]
            entries[name] = Entry(entry.key, value, entry.via)
        return Mapping(entries, self._root.span)

    def _extended(self, name: str, path: tuple[str, ...]) -> tuple[Mapping, int]:
        """The job `name` after its parents, and how many levels it stands on."""
        known = self._done.get(name)
        if known is not None:
            return known
        own = self._root.entries[name].value
        assert isinstance(own, Mapping)  # noqa: S101 - callers ask for mappings only
        layers: list[Mapping] = []
        levels = 0
        for parent in names_of(own.get("extends")):
            base = self._base(name, parent, (*path, name))
            if base is None:
                continue
            levels = max(levels, base[1])
            layers.append(came_by(base[0], f"extends {parent.text}"))
        result = deep_merge(*layers, own), levels + 1
        if result[1] == MAX_LEVELS + 2:
            self._complain(
                own, f"`{name}` extends through more than {MAX_LEVELS} levels: GitLab refuses the file"
            )
        self._done[name] = result
        return result

    def _base(self, name: str, parent: Scalar, path: tuple[str, ...]) -> tuple[Mapping, int] | None:
        entry = self._root.entries.get(parent.text)
        if entry is None or not isinstance(entry.value, Mapping):
            self._complain(
                parent, f"`{name}` extends `{parent.text}`, which is not in what was read; add it or its file"
            )
            return None
        if parent.text in path:
            self._complain(
                parent, f"`{name}` extends itself through `{parent.text}`: GitLab refuses the file"
            )
            return None
        self._merges += 1
        if self._merges > MAX_MERGES or len(path) > 4 * MAX_LEVELS:
            self._complain(parent, "too many `extends`: the rest was not followed")
            return None
        return self._extended(parent.text, path)

    def _complain(self, node: Node, reason: str) -> None:
        self._tell(Unreadable(node.span.path, node.span.start_line, reason))
