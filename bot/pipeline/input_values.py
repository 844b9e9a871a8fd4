"""What an interpolation block names: an input, a part of it, or what a component knows of itself.

After gitlabhq `lib/gitlab/ci/config/interpolation/access.rb`, GitLab 19.2 (read 2026-11): indices since 18.10,
`component.` since 18.6.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, Node, Sequence
from bot.documents.psych import UNFILLED
from bot.lazy import regex
from bot.pipeline.specs import NotAccepted

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from bot.pipeline.specs import Input

_INPUTS: Final = "inputs"
_COMPONENT: Final = "component"
"""what else a block may name, besides a matrix (docs.gitlab.com/ci/yaml/expressions, 2026-11)"""
_MOST_STEPS: Final = 5
_MOST_INDICES: Final = 5
_MOST_BYTES: Final = 1024
_INDEXED: Final = regex(r"(?P<name>\w*)(?P<indices>(?:\[\d+\])+)", re.ASCII)
_PATTERN: Final = "invalid pattern used for interpolation. valid pattern is $[[ inputs.input ]]"


def reached(
    access: str, declared: Dict[str, Input], values: Dict[str, Node], *, knows_all: bool
) -> Node | None:
    """The value that `access` ("inputs.name", "inputs.list[0].key") leads to; None where it is not known.

    `knows_all`: `declared` contains every input of the file.

    Raises:
        NotAccepted: there is no such input, or no such part of it.
    """
    root, *steps = access.split(".", _MOST_STEPS - 1)
    if not steps:
        raise NotAccepted(_PATTERN)
    if len(access.encode()) > _MOST_BYTES:
        raise NotAccepted("maximum interpolation expression size exceeded")
    if root == _COMPONENT:
        return None
    if root != _INPUTS:
        raise NotAccepted(f"unknown input name provided: `{root}` in `{access}`")
    name, indices = _parts(steps[0], access)
    if name not in declared:
        if knows_all:
            raise NotAccepted(f"unknown input name provided: `{name}` in `{access}`")
        return None
    value = values.get(name)
    if value is None or value.tag == UNFILLED:
        return None
    value = _indexed(value, indices, access)
    for step in steps[1:]:
        name, indices = _parts(step, access)
        inner = value.get(name) if isinstance(value, Mapping) else None
        if inner is None:
            raise NotAccepted(f"unknown input name provided: `{name}` in `{access}`")
        value = _indexed(inner, indices, access)
    return value


def _parts(step: str, access: str) -> tuple[str, list[int]]:
    """The name of a step and its indices. A name with a hyphen cannot have any."""
    if "[" not in step:
        return step, []
    match = _INDEXED.fullmatch(step)
    if match is None or not match["name"]:
        raise NotAccepted(f"invalid array index syntax in `{access}`")
    indices = [int(each) for each in re.findall(r"\d+", match["indices"])]
    if len(indices) > _MOST_INDICES:
        raise NotAccepted(f"too many array indices in `{access}` (maximum depth: {_MOST_INDICES})")
    return match["name"], indices


def _indexed(value: Node, indices: list[int], access: str) -> Node:
    for index in indices:
        if not isinstance(value, Sequence):
            raise NotAccepted(f"cannot index into non-array value at [{index}] in `{access}`")
        if index >= len(value):
            raise NotAccepted(f"array index {index} out of bounds (size: {len(value)}) in `{access}`")
        value = value.items[index]
    return value
