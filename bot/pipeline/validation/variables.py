"""`variables`, short and long, of a pipeline, a job, a rule, a service and a matrix."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.documents.nodes import is_null
from bot.pipeline.validation.faults import (
    FileFault,
    ValidationScope,
    boolean,
    first_or_inner,
    hash_config,
    texts,
    unless,
)
from bot.pipeline.validation.values import (
    is_array,
    is_hash,
    is_integer,
    is_scalar,
    is_text,
    keys_of,
    symbolized,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Entry, Node, Scalar


def check_variables(scope: ValidationScope, node: Node, keys: tuple[str, ...] = ()) -> Iterator[FileFault]:
    """Variables by name; their long form may contain `keys`, without any there is no such form."""
    yield from first_or_inner(hash_config(scope, node), partial(_each, scope, node, keys))


def _each(scope: ValidationScope, node: Node, keys: tuple[str, ...]) -> Iterator[FileFault]:
    if is_hash(node):
        for entry in node:
            yield from _variable(scope, entry, keys)


def _variable(scope: ValidationScope, entry: Entry, keys: tuple[str, ...]) -> Iterator[FileFault]:
    value = entry.value
    inner = scope.within("simple variable" if is_null(entry.key) or not entry.key.text else entry.key.text)
    if is_null(value) or is_hash(value):
        yield from _key(inner, entry.key)
        yield from _long(inner, value, keys)
    elif is_scalar(value):
        yield from _key(inner, entry.key)
    else:
        yield FileFault(value, "variable definition must be either a string or a hash")


def _key(scope: ValidationScope, key: Scalar) -> Iterator[FileFault]:
    is_right = is_integer(key) or symbolized(key)
    yield from unless(is_right, scope, key, "key must be an alphanumeric string")


def _long(scope: ValidationScope, node: Node, keys: tuple[str, ...]) -> Iterator[FileFault]:
    value = value_at(node, "value")
    if value is not None:
        yield from unless(is_scalar(value), scope, value, "config value must be a scalar")
    description = value_at(node, "description")
    if description is not None:
        is_right = is_text(description) or is_integer(description)
        yield from unless(is_right, scope, description, "config description must be an alphanumeric string")
    yield from boolean(scope, value_at(node, "expand"), "config expand")
    options = value_at(node, "options")
    yield from texts(scope, options, "config options")
    if not keys:
        yield scope.fault(node, "config must be a string")
    else:
        extra = [key for name, key in keys_of(node) if name not in keys]
        if extra:
            yield scope.fault(
                extra[0], f"config uses invalid data keys: {', '.join(key.text for key in extra)}"
            )
    if is_array(options) and len(options) and not any(_same(item, value) for item in options):
        yield scope.fault(options, "config value must be present in options")


def _same(item: Node, value: Node | None) -> bool:
    return (
        is_scalar(item)
        and is_scalar(value)
        and type(item.value) is type(value.value)
        and item.value == value.value
    )


def check_cell(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """The variables of one row of a matrix."""
    words = "config should be a hash of key value pairs, value can be an array"
    yield from unless(_is_cell(node), scope, node, words)
    if is_hash(node) or is_array(node):
        yield from unless(len(node) > 0, scope, node, "config requires at least 1 items")


def _is_cell(node: Node) -> bool:
    return is_hash(node) and all(
        (is_integer(entry.key) or symbolized(entry.key))
        and all(map(_is_alphanumeric, entry.value.items if is_array(entry.value) else (entry.value,)))
        for entry in node
    )


def _is_alphanumeric(node: Node) -> bool:
    """Also of a list in a list, as far as it is the first level."""
    return is_text(node) or is_integer(node)
