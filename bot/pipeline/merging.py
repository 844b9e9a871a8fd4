"""Deep merging as GitLab does it: mappings merge, everything else is replaced; places and ways are kept."""

from __future__ import annotations

from bot.documents.nodes import Entry, Mapping


def deep_merge(base: Mapping, over: Mapping) -> Mapping:
    """`base` with `over` laid on it: mappings merge key by key, lists and scalars of `over` replace (also a null).

    After Rails' `Hash#deep_merge`, which GitLab uses for `extends` and `include` (read 2026-11).
    """
    entries = dict(base.entries)
    for name, entry in over.entries.items():
        known = entries.get(name)
        if known is not None and isinstance(known.value, Mapping) and isinstance(entry.value, Mapping):
            below = Mapping(
                {key: came(inner, known.via) for key, inner in known.value.entries.items()}, known.value.span
            )
            entries[name] = Entry(entry.key, deep_merge(below, entry.value), entry.via)
        else:
            entries[name] = entry
    return Mapping(entries, over.span)


def came(entry: Entry, via: tuple[str, ...]) -> Entry:
    """`entry`, having come by `via` before its own way."""
    return Entry(entry.key, entry.value, (*via, *entry.via)) if via else entry


def came_by(mapping: Mapping, via: str) -> Mapping:
    """`mapping`, each of its entries having come by `via`."""
    return Mapping(
        {key: came(entry, (via,)) for key, entry in mapping.entries.items()}, mapping.span, mapping.tag
    )
