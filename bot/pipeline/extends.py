"""`extends`: several parents, each with its own, at most eleven steps deep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, is_null
from bot.pipeline.merging import came_by, deep_merge
from bot.pipeline.specs import written

if TYPE_CHECKING:
    from bot.pipeline.refusals import FileRefusals

MAX_STEPS: Final = 11
"""Eleven steps from a job to its furthest parent are accepted, twelve are refused (GitLab 18.3's own code, 2026-11)."""
MAX_MERGES: Final = 20_000
"""Merges per pipeline; a pipeline of strangers must not cost unbounded time."""


def extend_jobs(root: Mapping, refusals: FileRefusals) -> Mapping:
    """`root` with every `extends` merged; what cannot be is reported and left as it is."""
    return _Extender(root, refusals).run()


def names_of(node: Node | None) -> list[Scalar]:
    """The scalars of a value that is one name or a list of names."""
    if isinstance(node, Scalar):
        return [node] if node.value is not None else []
    if isinstance(node, Sequence):
        return [item for item in node if isinstance(item, Scalar)]
    return []


class _Extended(NamedTuple):
    """An entry after its parents: `levels` counts it and those below it that extend something."""

    value: Mapping
    levels: int
    deepest: str | None
    """the parent with the most levels"""


class _Extender:
    def __init__(self, root: Mapping, refusals: FileRefusals) -> None:
        self._root = root
        self._refusals = refusals
        self._done: dict[str, _Extended] = {}
        self._merges = 0

    def run(self) -> Mapping:
        entries = {}
        for name, entry in self._root.entries.items():
            value = entry.value
            if isinstance(value, Mapping) and "extends" in value:
                extended = self._extended(name, ())
                value = extended.value
                if extended.levels > MAX_STEPS:
                    self._refusals.refuse(value, f"{self._below(name)}: nesting too deep in `extends`")
            entries[name] = Entry(entry.key, value, entry.via)
        return Mapping(entries, self._root.span)

    def _below(self, name: str) -> str:
        """The entry that is one level too deep below `name`."""
        for _ in range(MAX_STEPS):
            name = self._done[name].deepest or name
        return name

    def _extended(self, name: str, path: tuple[str, ...]) -> _Extended:
        """The entry `name` after its parents."""
        known = self._done.get(name)
        if known is not None:
            return known
        own = self._root.entries[name].value
        assert isinstance(own, Mapping)  # noqa: S101 - callers ask for mappings only
        if "extends" not in own:
            return _Extended(own, 0, None)
        layers: list[Mapping] = []
        levels = 0
        deepest = None
        for parent, at in self._parents(name, own):
            base = self._base(parent, at, (*path, name))
            if base is not None:
                if base.levels >= levels:
                    levels, deepest = base.levels, parent
                layers.append(came_by(base.value, f"extends {parent}"))
        self._done[name] = _Extended(deep_merge(*layers, own), levels + 1, deepest)
        return self._done[name]

    def _parents(self, name: str, own: Mapping) -> list[tuple[str, Node]]:
        """The names of the parents that are there, each with where it is named; what is not there is reported."""
        node = own.entries["extends"].value
        is_nothing = is_null(node) or (isinstance(node, Mapping) and not len(node))
        items = node.items if isinstance(node, Sequence) else () if is_nothing else (node,)
        named = [(written(item), item) for item in items]
        unknown = [(parent, at) for parent, at in named if parent not in self._root.entries]
        if unknown:
            shown = ", ".join(parent for parent, _ in unknown)
            self._refusals.miss(unknown[0][1], f"{name}: unknown keys in `extends` ({shown})")
        known = [(parent, at) for parent, at in named if parent in self._root.entries]
        invalid = [(parent, at) for parent, at in known if not isinstance(self._root.get(parent), Mapping)]
        if invalid:
            shown = ", ".join(parent for parent, _ in invalid)
            self._refusals.refuse(invalid[0][1], f"{name}: invalid base hashes in `extends` ({shown})")
        return [each for each in known if each not in invalid]

    def _base(self, parent: str, at: Node, path: tuple[str, ...]) -> _Extended | None:
        if parent in path:
            self._refusals.refuse(at, f"{parent}: circular dependency detected in `extends`")
            return None
        self._merges += 1
        if self._merges > MAX_MERGES or len(path) > 4 * MAX_STEPS:
            self._refusals.give_up(at, "too many `extends`: the rest was not followed")
            return None
        return self._extended(parent, path)
