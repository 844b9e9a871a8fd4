"""Terraform's functions over lists, sets and maps. `None` means: not known here.

Functions: developer.hashicorp.com/terraform/language/functions, checked 2026-11.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.vault.values import SetValue, UnknownValue, is_known, mapping_of, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.documents.location import Span

Function: TypeAlias = "Callable[[list[Node], Span], Node | None]"
_MOST_ITEMS: Final = 500


def scalar(value: str | float, span: Span) -> Scalar:  # bool is an int
    """Return a known value, as Terraform prints it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Scalar(value, text, span)


def texts_of(nodes: list[Node]) -> list[str] | None:
    """Return the texts of known scalars; None where one is anything else."""
    known = [node for node in nodes if isinstance(node, Scalar) and is_known(node) and node.value is not None]
    return [node.text for node in known] if len(known) == len(nodes) else None


def flattened(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the nodes, the items of lists in their place, however deep."""
    for node in nodes:
        if isinstance(node, Sequence):
            yield from flattened(node.items)
        else:
            yield node


def _items(node: Node | None) -> tuple[Node, ...] | None:
    return node.items if isinstance(node, Sequence) else None


def _number(node: Node) -> int | None:
    value = node.value if isinstance(node, Scalar) and is_known(node) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _merge(arguments: list[Node], span: Span) -> Node | None:
    entries: dict[str, Entry] = {}
    for argument in arguments:
        if isinstance(argument, Mapping):
            entries.update(argument.entries)
        elif isinstance(argument, UnknownValue) or not isinstance(argument, Scalar):
            # Part of the map is known, part is not: recognised by a key that nobody can write.
            key = argument if isinstance(argument, Scalar) else unknown("${...}", span)
            entries[key.text] = Entry(key, unknown(key.text, span))
    return Mapping(entries, span)


def _concat(arguments: list[Node], span: Span) -> Sequence:
    items: list[Node] = []
    for argument in arguments:
        items += argument.items if isinstance(argument, Sequence) else (argument,)
    return Sequence(tuple(items), span)


def _flatten(arguments: list[Node], span: Span) -> Node | None:
    return Sequence(tuple(flattened(arguments)), span)


def _distinct(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if arguments else None
    if items is None:
        return None
    unique: dict[object, Node] = {}
    for item in items:
        unique.setdefault(_identity(item), item)
    return Sequence(tuple(unique.values()), span)


def _identity(node: Node) -> object:
    """Equal for equal values of one type; `distinct` and `toset` give all items the same type."""
    if isinstance(node, Sequence):
        return tuple(_identity(item) for item in node)
    if isinstance(node, Mapping):
        return frozenset((name, _identity(entry.value)) for name, entry in node.entries.items())
    return node.text


def _set(arguments: list[Node], span: Span) -> Node | None:
    """The set of the items: texts by their characters, anything else in the order in which it is written."""
    unique = _distinct(arguments, span)
    if not isinstance(unique, Sequence):
        return None
    values = {item: item.value if isinstance(item, Scalar) else None for item in unique}
    is_sorted = all(isinstance(value, str) for value in values.values())
    return SetValue(tuple(sorted(values, key=lambda item: str(values[item])) if is_sorted else values), span)


def _sort(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if len(arguments) == 1 else None
    texts = None if items is None else texts_of(list(items))
    return None if texts is None else Sequence(tuple(scalar(text, span) for text in sorted(texts)), span)


def _compact(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if arguments else None
    if items is None:
        return None
    kept = (
        i
        for i in items
        if isinstance(i, UnknownValue) or not isinstance(i, Scalar) or (i.value not in {None, ""})
    )
    return Sequence(tuple(kept), span)


def _same(arguments: list[Node], _span: Span) -> Node | None:
    return arguments[0] if len(arguments) == 1 else None


def _try(arguments: list[Node], _span: Span) -> Node | None:
    """The first argument, also an empty or null one; where it is not known it may be the one that fails."""
    return arguments[0] if arguments and not isinstance(arguments[0], UnknownValue) else None


def _coalesce(arguments: list[Node], _span: Span) -> Node | None:
    """The first that is not null or empty; one that is not known may be the one that counts."""
    for argument in arguments:
        if isinstance(argument, UnknownValue):
            return None
        if not isinstance(argument, Scalar) or argument.value not in {None, ""}:
            return argument
    return None


def _first_full(arguments: list[Node], _span: Span) -> Node | None:
    """`coalescelist`: the first list with anything in it."""
    for argument in arguments:
        if not isinstance(argument, Sequence):
            return None
        if argument.items:
            return argument
    return None


def _lookup(arguments: list[Node], _span: Span) -> Node | None:
    where, key, *default = arguments if len(arguments) > 1 else (None, None)
    if not isinstance(where, Mapping) or not isinstance(key, Scalar) or not is_known(key):
        return None
    found = where.get(key.text)
    if found is not None:
        return found
    is_whole = all(is_known(entry.key) for entry in where)
    return default[0] if default and is_whole else None


def _keys(arguments: list[Node], span: Span) -> Node | None:
    where = arguments[0] if arguments else None
    if not isinstance(where, Mapping):
        return None
    return Sequence(tuple(entry.key for _, entry in sorted(where.entries.items())), span)


def _values(arguments: list[Node], span: Span) -> Node | None:
    where = arguments[0] if arguments else None
    if not isinstance(where, Mapping):
        return None
    return Sequence(tuple(entry.value for _, entry in sorted(where.entries.items())), span)


def _only(arguments: list[Node], _span: Span) -> Node | None:
    items = _items(arguments[0]) if arguments else None
    return items[0] if items is not None and len(items) == 1 else None


def _length(arguments: list[Node], span: Span) -> Node | None:
    what = arguments[0] if len(arguments) == 1 else None
    if isinstance(what, Sequence):
        return scalar(len(what.items), span)
    if isinstance(what, Mapping) and all(is_known(entry.key) for entry in what):
        return scalar(len(what.entries), span)
    if isinstance(what, Scalar) and is_known(what) and isinstance(what.value, str):
        return scalar(len(what.value), span)
    return None


def _contains(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if len(arguments) == 2 else None  # noqa: PLR2004 - list and value
    if items is None or texts_of([*items, arguments[1]]) is None:
        return None
    *values, wanted = (
        (type(item.value), item.value) for item in (*items, arguments[1]) if isinstance(item, Scalar)
    )
    return scalar(wanted in values, span)


def _element(arguments: list[Node], _span: Span) -> Node | None:
    items, index = (_items(arguments[0]), _number(arguments[1])) if len(arguments) > 1 else (None, None)
    return items[index % len(items)] if items and index is not None and index >= 0 else None


def _slice(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if arguments else None
    numbers = [_number(argument) for argument in arguments[1:]]
    if items is None or len(numbers) != 2:  # noqa: PLR2004 - start and end
        return None
    start, end = numbers
    if start is None or end is None or not 0 <= start <= end <= len(items):
        return None
    return Sequence(items[start:end], span)


def _range(arguments: list[Node], span: Span) -> Node | None:
    """`range(end)`, `range(start, end)`, `range(start, end, step)`; without a step it may count down."""
    bounds = [number for argument in arguments if (number := _number(argument)) is not None]
    if len(bounds) != len(arguments) or not 1 <= len(bounds) <= 3:  # noqa: PLR2004 - start, end and step
        return None
    start, end = (0, bounds[0]) if len(bounds) == 1 else bounds[:2]
    step = bounds[2] if bounds[2:] else 1 if end >= start else -1
    if step == 0 or (end - start) * step < 0:
        return None
    return Sequence(tuple(scalar(n, span) for n in range(start, end, step)[:_MOST_ITEMS]), span)


def _reverse(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if arguments else None
    return None if items is None else Sequence(items[::-1], span)


def _setproduct(arguments: list[Node], span: Span) -> Node | None:
    groups = [items for argument in arguments if (items := _items(argument)) is not None]
    if len(groups) != len(arguments) or not groups:
        return None
    size = 1
    for group in groups:
        size *= len(group)
    if size > _MOST_ITEMS:
        return None
    return Sequence(tuple(Sequence(chosen, span) for chosen in product(*groups)), span)


def _zipmap(arguments: list[Node], span: Span) -> Node | None:
    keys, values = (_items(argument) for argument in arguments) if len(arguments) == 2 else (None, None)  # noqa: PLR2004
    if keys is None or values is None or len(keys) != len(values):
        return None
    pairs = [(key, value) for key, value in zip(keys, values, strict=True) if isinstance(key, Scalar)]
    return mapping_of(pairs, span) if len(pairs) == len(keys) else None


def _without(keep: bool) -> Function:  # noqa: FBT001 - two functions of Terraform's
    """`setintersection` (keep) and `setsubtract`: the items of the first that are, or are not, in the second."""

    def function(arguments: list[Node], span: Span) -> Node | None:
        first, second = (_items(argument) for argument in arguments) if len(arguments) == 2 else (None, None)  # noqa: PLR2004
        if first is None or second is None or texts_of([*first, *second]) is None:
            return None
        others = texts_of(list(second)) or []
        kept = tuple(item for item in first if isinstance(item, Scalar) and (item.text in others) is keep)
        return _set([Sequence(kept, span)], span)

    return function


def _every(arguments: list[Node], span: Span) -> Node | None:
    values = _truths(arguments)
    return None if values is None else scalar(all(values), span)


def _any(arguments: list[Node], span: Span) -> Node | None:
    values = _truths(arguments)
    return None if values is None else scalar(any(values), span)


def _truths(arguments: list[Node]) -> list[bool] | None:
    items = _items(arguments[0]) if len(arguments) == 1 else None
    values = [item.value for item in items or () if isinstance(item, Scalar)]
    known = [value for value in values if isinstance(value, bool)]
    return known if items is not None and len(known) == len(items) else None


COLLECTION_FUNCTIONS: dict[str, Function] = {
    "alltrue": _every,
    "anytrue": _any,
    "coalesce": _coalesce,
    "coalescelist": _first_full,
    "compact": _compact,
    "concat": _concat,
    "contains": _contains,
    "distinct": _distinct,
    "element": _element,
    "flatten": _flatten,
    "keys": _keys,
    "length": _length,
    "lookup": _lookup,
    "merge": _merge,
    "nonsensitive": _same,
    "one": _only,
    "range": _range,
    "reverse": _reverse,
    "sensitive": _same,
    "setintersection": _without(keep=True),
    "setproduct": _setproduct,
    "setsubtract": _without(keep=False),
    "setunion": lambda arguments, span: _set([_concat(arguments, span)], span),
    "slice": _slice,
    "sort": _sort,
    "tolist": _same,
    "tomap": _same,
    "toset": _set,
    "try": _try,
    "values": _values,
    "zipmap": _zipmap,
}
