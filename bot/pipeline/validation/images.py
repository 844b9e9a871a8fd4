"""`image` and `services`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import is_null
from bot.pipeline.validation.faults import (
    ValidationScope,
    first_or_inner,
    present,
    text,
    texts,
    texts_or_text,
    unknown_keys,
    unknown_values,
    unless,
)
from bot.pipeline.validation.values import (
    flat,
    is_array,
    is_hash,
    is_integer,
    is_string,
    is_text,
    keys_of,
    value_at,
)
from bot.pipeline.validation.variables import check_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_KEYS: Final = frozenset({"docker", "kubernetes", "name", "entrypoint", "ports", "pull_policy"})
_SERVICE_KEYS: Final = _KEYS | {"command", "alias", "variables"}
_OPTIONS: Final = {"docker": {"platform": 64, "user": 255}, "kubernetes": {"user": 255}}
"""The options of each executor, and how many characters they may have (gitlabhq `entry/schemas/imageable/`, read
2026-11)."""
_POLICIES: Final = ("always", "never", "if-not-present")


def check_image(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """An image by name or in its long form."""
    if not _is_name(node):
        yield from first_or_inner(_image(scope, node, _KEYS), partial(_parts, scope, node))


def check_services(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """A list of services."""
    own = unless(is_array(node), scope, node, "config should be a array")
    yield from first_or_inner(own, partial(_services, scope.within("service"), node))


def _is_name(node: Node) -> bool:
    return is_string(node) and bool(node.text.strip())


def _services(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    for each in flat(node):
        if not is_null(each) and not _is_name(each):
            yield from first_or_inner(_service(scope, each), partial(_parts, scope, each))


def _service(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from _image(scope, node, _SERVICE_KEYS)
    command = value_at(node, "command")
    # Since GitLab 18.5 a text will do too (gitlabhq `entry/service.rb`, read 2026-11).
    yield from texts_or_text(scope, command, "command")
    yield from text(scope, value_at(node, "alias"), "alias")


def _image(scope: ValidationScope, node: Node, keys: frozenset[str]) -> Iterator[FileFault]:
    yield from unless(is_hash(node) or is_string(node), scope, node, "config should be a hash or a string")
    if is_hash(node) and "ports" in node:
        yield scope.fault(node.entries["ports"].key, "config contains disallowed keys: ports")
    name = node if is_string(node) else value_at(node, "name")
    if not is_string(name) and (name is not None or scope.is_whole):
        yield scope.fault(node if name is None else name, "name should be a string")
    yield from present(scope, node, name, "name")
    yield from texts(scope, value_at(node, "entrypoint"), "entrypoint")
    for executor, options in _OPTIONS.items():
        value = value_at(node, executor)
        if value is not None:
            yield from _options(scope, executor, value, options)
    yield from unknown_keys(scope, node, keys)


def _options(
    scope: ValidationScope, executor: str, node: Node, options: dict[str, int]
) -> Iterator[FileFault]:
    """What an executor is given of the image, in the words of GitLab's JSON schema."""
    start = "executor opts"
    if not is_hash(node):
        yield scope.fault(node, f"{start} value at `/{executor}` is not an object")
    for key, name in keys_of(node):
        at = f"`/{executor}/{key}`"
        value = node.get(key) if is_hash(node) else None
        may_be_number = executor == "kubernetes"
        if key not in options:
            yield scope.fault(name, f"{start} object property at {at} is a disallowed additional property")
        elif value is None or not (is_text(value) or (may_be_number and is_integer(value))):
            kind = "one of the types: string, integer" if may_be_number else "a string"
            yield scope.fault(name if value is None else value, f"{start} value at {at} is not {kind}")
        elif is_text(value):
            yield from unless(
                bool(value.text), scope, value, f"{start} string length at {at} is less than: 1"
            )
            most = options[key]
            words = f"{start} string length at {at} is greater than: {most}"
            yield from unless(len(value.text) <= most, scope, value, words)


def _parts(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    policy = value_at(node, "pull_policy")
    if policy is not None:
        yield from _pull_policy(scope.within("pull_policy"), policy)
    variables = value_at(node, "variables")
    if variables is not None:
        yield from check_variables(scope.within("variables"), variables)


def _pull_policy(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from texts_or_text(scope, node, "config")
    if is_array(node):
        yield from unknown_values(scope, node, _POLICIES)
        yield from present(scope, node, node, "config")
    elif is_string(node):
        yield from unless(node.text in _POLICIES, scope, node, "config is not included in the list")
