"""Terraform's functions over lists, sets and maps. `None` means: not known here.

Functions: developer.hashicorp.com/terraform/language/functions, checked 2026-11.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.vault.values import UnknownValue, is_known, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Span

Function: TypeAlias = "Callable[[list[Node], Span], Node | None]"
_MOST_ITEMS: Final = 500


def scalar(value: str | float, span: Span) -> Scalar:  # bool is an int
    """Return a known value, as Terraform prints it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Scalar(value, text, span)


def texts_of(nodes: list[Node]) -> list[str] | None:
    """Return the texts of known scalars, lists flattened; None where one is not known."""
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, Sequence):
            inner = texts_of(list(node.items))
            if inner is None:
                return None
            texts += inner
        elif isinstance(node, Scalar) and is_known(node) and node.value is not None:
            texts.append(node.text)
        else:
            return None
    return texts


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


def _concat(arguments: list[Node], span: Span) -> Node | None:
    items: list[Node] = []
    for argument in arguments:
        items += argument.items if isinstance(argument, Sequence) else (argument,)
    return Sequence(tuple(items), span)


def _flatten(arguments: list[Node], span: Span) -> Node | None:
    items: list[Node] = []

    def add(node: Node) -> None:
        if isinstance(node, Sequence):
            for item in node.items:
                add(item)
        else:
            items.append(node)

    for argument in arguments:
        add(argument)
    return Sequence(tuple(items), span)


def _distinct(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if arguments else None
    if items is None:
        return None
    unique: dict[object, Node] = {}
    for item in items:
        unique.setdefault(item.text if isinstance(item, Scalar) else id(item), item)
    return Sequence(tuple(unique.values()), span)


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


def _first_known(arguments: list[Node], _span: Span) -> Node | None:
    """`try` and `coalesce`: an argument that is not known may be the one that counts."""
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
    texts = texts_of(arguments)
    if texts is None or len(arguments) != 2:  # noqa: PLR2004 - list and value
        return None
    return scalar(texts[-1] in texts[:-1], span)


def _element(arguments: list[Node], _span: Span) -> Node | None:
    items, index = (_items(arguments[0]), _number(arguments[1])) if len(arguments) > 1 else (None, None)
    return items[index % len(items)] if items and index is not None else None


def _slice(arguments: list[Node], span: Span) -> Node | None:
    items = _items(arguments[0]) if arguments else None
    numbers = [_number(argument) for argument in arguments[1:]]
    if items is None or len(numbers) != 2:  # noqa: PLR2004 - start and end
        return None
    start, end = numbers
    return None if start is None or end is None else Sequence(items[start:end], span)


def _range(arguments: list[Node], span: Span) -> Node | None:
    bounds = [number for argument in arguments if (number := _number(argument)) is not None]
    if len(bounds) != len(arguments) or not bounds or bounds[2:] == [0]:
        return None
    numbers = range(*bounds)
    return Sequence(tuple(scalar(n, span) for n in numbers[:_MOST_ITEMS]), span)


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
    entries = {
        key.text: Entry(key, value)
        for key, value in zip(keys, values, strict=True)
        if isinstance(key, Scalar)
    }
    return Mapping(entries, span) if len(entries) == len(keys) else None


def _without(keep: bool) -> Function:  # noqa: FBT001 - two functions of Terraform's
    """`setintersection` (keep) and `setsubtract`: the items of the first that are, or are not, in the second."""

    def function(arguments: list[Node], span: Span) -> Node | None:
        if len(arguments) != 2 or texts_of(arguments) is None:  # noqa: PLR2004 - two sets
            return None
        first, second = (_items(argument) or () for argument in arguments)
        others = texts_of(list(second)) or []
        kept = tuple(item for item in first if isinstance(item, Scalar) and (item.text in others) is keep)
        return Sequence(kept, span)

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
    "coalesce": _first_known,
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
    "setunion": lambda arguments, span: _distinct([_concat(arguments, span) or arguments[0]], span),
    "slice": _slice,
    "sort": _same,
    "tolist": _same,
    "tomap": _same,
    "toset": _distinct,
    "try": _first_known,
    "values": _values,
    "zipmap": _zipmap,
}
