"""Script lines, wherever they may be, and `hooks`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.pipeline.validation.faults import ValidationScope, hash_config, unknown_keys
from bot.pipeline.validation.values import flat, is_hash, is_nested, is_text, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.validation.faults import FileFault

MOST_LEVELS: Final = 10
"""of lists in lists"""
_LINES: Final = f"config should be a string or a nested array of strings up to {MOST_LEVELS} levels deep"


def check_lines(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """Script lines: a text, or a nested list of texts."""
    if not is_text(node) and not is_nested(node, MOST_LEVELS, is_text):
        odd = next((item for item in flat(node) if not is_text(item)), node)
        remedy = "quote the whole line, or write it as a block with `|`" if is_hash(odd) else ""
        yield replace(scope.fault(odd, _LINES), remedy=remedy)


def check_hooks(scope: ValidationScope, node: Node) -> Iterator[FileFault]:
    """`hooks` of a job."""
    yield from hash_config(scope, node)
    yield from unknown_keys(scope, node, ("pre_get_sources_script",))
    lines = value_at(node, "pre_get_sources_script")
    if lines is not None:
        yield from check_lines(scope.within("pre_get_sources_script"), lines)
