"""`only` and `except`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.pipeline.conditions import is_pattern_text, is_valid
from bot.pipeline.validation.faults import ValidationScope, present, texts, unknown_keys, unless
from bot.pipeline.validation.values import is_array, is_hash, is_string, is_template, is_text, shown, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

_KEYS: Final = ("refs", "kubernetes", "variables", "changes")
_WORDS: Final = "should be an array of strings or regular expressions using re2 syntax"


def check_policy(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """An `only` or `except`: a list of refs, or a mapping of conditions."""
    if is_array(node):
        yield from unless(_are_refs(node), scope, node, f"config {_WORDS}")
    elif not is_hash(node):
        yield scope.fault(node, "has to be either an array of conditions or a hash")
    else:
        yield from _conditions(scope, node)


def _conditions(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    yield from present(scope, node, node, "config")
    yield from unknown_keys(scope, node, _KEYS)
    variables = value_at(node, "variables")
    for item in variables.items if is_array(variables) else ():
        if is_text(item) and not is_template(item) and not is_valid(item.text):
            yield scope.fault(item, "variables invalid expression syntax")
    refs = value_at(node, "refs")
    if refs is not None:
        yield from unless(_are_refs(refs), scope, refs, f"refs {_WORDS}")
    kubernetes = value_at(node, "kubernetes")
    if kubernetes is not None:
        is_active = shown(kubernetes) == "active"
        yield from unless(is_active, scope, kubernetes, f"kubernetes unknown value: {shown(kubernetes)}")
    yield from texts(scope, variables, "variables")
    yield from texts(scope, value_at(node, "changes"), "changes")


def _are_refs(node: Node) -> bool:
    return is_array(node) and all(
        is_string(item) and is_pattern_text(item.text) is not False for item in node.items
    )
