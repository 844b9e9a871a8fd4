"""What an interpolation block names: an input, a part of it, or what a component knows of itself.

After gitlabhq `lib/gitlab/ci/config/interpolation/access.rb` and `lib/ci/inputs/rules_evaluator.rb`, GitLab 19.2 (read
2026-11): indices since 18.10, rules since 18.7, `component.` since 18.6.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, Node, Scalar, Sequence, is_null, text_of
from bot.documents.psych import UNFILLED
from bot.lazy import regex
from bot.pipeline.conditions import UNKNOWN, holds
from bot.pipeline.specs import NotAccepted

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from bot.pipeline.conditions import Value
    from bot.pipeline.specs import Input

_INPUTS: Final = "inputs"
_CONTEXTS: Final = frozenset({"component", "matrix", "job"})
"""what else a block may name: known when a pipeline is made (docs.gitlab.com/ci/yaml/expressions, 2026-11)"""
_MOST_STEPS: Final = 5
_MOST_INDICES: Final = 5
_STEP: Final = regex(r"(?P<name>[^\[\].]*)(?P<indices>(?:\[\d{1,9}\])*)")
_INPUT_IN_RULE: Final = regex(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]")
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
    if root in _CONTEXTS:
        return None
    if root != _INPUTS:
        raise NotAccepted(f"unknown input name provided: `{root}` in `{access}`")
    first = _parts(steps[0], access)
    if first[0] not in declared:
        if knows_all:
            raise NotAccepted(f"unknown input name provided: `{first[0]}` in `{access}`")
        return None
    value = values.get(first[0])
    if value is None or value.tag == UNFILLED:
        return None
    value = _indexed(value, first[1], access)
    for step in steps[1:]:
        name, indices = _parts(step, access)
        inner = value.get(name) if isinstance(value, Mapping) else None
        if inner is None:
            raise NotAccepted(f"unknown input name provided: `{name}` in `{access}`")
        value = _indexed(inner, indices, access)
    return value


def _parts(step: str, access: str) -> tuple[str, list[int]]:
    match = _STEP.fullmatch(step)
    if match is None or (match["indices"] and not match["name"]):
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


def defaults_of_rules(declared: Dict[str, Input], values: dict[str, Node]) -> None:
    """Add to `values` what the rules of inputs (`spec:inputs:rules`) give them, as far as that is known.

    A rule may ask for an input that has rules of its own: so each is tried until none adds anything.
    """
    waiting = [each for each in declared.values() if each.rules is not None and each.name not in values]
    while True:
        settled = []
        for each in waiting:
            default = _default_of(each, values)
            if default is not None:
                values[each.name] = default
                settled.append(each)
        if not settled:
            return
        waiting = [each for each in waiting if each not in settled]


def _default_of(declared: Input, values: Dict[str, Node]) -> Node | None:
    for rule in declared.rules or ():
        condition = text_of(rule.get("if")) if isinstance(rule, Mapping) else None
        is_met = True if condition is None else _holds(condition, values)
        if is_met is None:
            return None
        if is_met and isinstance(rule, Mapping):
            default = rule.get("default")
            return None if is_null(default) else default
    return None


def _holds(condition: str, values: Dict[str, Node]) -> bool | None:
    """Whether an expression over inputs is true."""
    names: list[str] = []

    def name(match: re.Match[str]) -> str:
        names.append(match[1])
        return f"$input_{len(names) - 1}"

    expression = _INPUT_IN_RULE.sub(name, condition)

    def lookup(variable: str) -> Value:
        prefix, _, number = variable.partition("_")
        node = values.get(names[int(number)]) if prefix == "input" and number.isdigit() else None
        value = node.value if isinstance(node, Scalar) else None
        return value if isinstance(value, str | bool) else UNKNOWN

    return holds(expression, lookup)
