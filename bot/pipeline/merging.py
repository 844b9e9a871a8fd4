"""Deep merging as GitLab does it: mappings merge, everything else is replaced; places and ways are kept."""

from __future__ import annotations

from bot.documents.nodes import Entry, Mapping


def deep_merge(*layers: Mapping) -> Mapping:
    """Each layer laid on those before it: mappings merge key by key, lists and scalars replace (also a null).

    After Rails' `Hash#deep_merge`, which GitLab uses for `extends` and `include` (read 2026-11). All layers at once:
    one after the other, a job with many parents would copy what it has for each of them.
    """
    stacks: dict[str, list[Entry]] = {}
    for layer in layers:
        for name, entry in layer.entries.items():
            stacks.setdefault(name, []).append(entry)
    return Mapping({name: _top(stack) for name, stack in stacks.items()}, layers[-1].span)


def _top(stack: list[Entry]) -> Entry:
    """What is seen of the entries of one key from above: the last, with the mappings right below it."""
    last = stack[-1]
    seen: list[Mapping] = []
    for entry in reversed(stack):
        if not isinstance(entry.value, Mapping):
            break
        seen.append(entry.value if entry is last else _through(entry.value, entry.via))
    return last if len(seen) < 2 else Entry(last.key, deep_merge(*reversed(seen)), last.via)  # noqa: PLR2004 - last alone


def _through(mapping: Mapping, via: tuple[str, ...]) -> Mapping:
    """`mapping`, each of its entries having come the way that it came itself."""
    return Mapping({key: came(entry, via) for key, entry in mapping.entries.items()}, mapping.span)


def came(entry: Entry, via: tuple[str, ...]) -> Entry:
    """`entry`, having come by `via` before its own way."""
    return Entry(entry.key, entry.value, (*via, *entry.via)) if via else entry


def came_by(mapping: Mapping, via: str) -> Mapping:
    """`mapping`, each of its entries having come by `via`."""
    return Mapping(
        {key: came(entry, (via,)) for key, entry in mapping.entries.items()}, mapping.span, mapping.tag
    )
