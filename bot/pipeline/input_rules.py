"""The rules of an input (`spec:inputs:rules`, GitLab 18.7): the first that matches gives its default and its options.

GitLab settles the inputs in the order in which they are declared. A rule sees what the include gives and what was
settled before; an input that is declared later and not given is null to it
(gitlabhq `lib/ci/inputs/builder.rb`, `rules_evaluator.rb`, GitLab 19.2, read 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, Node, Scalar, Sequence, is_null, text_of
from bot.documents.psych import UNFILLED
from bot.lazy import dataclass
from bot.pipeline.conditions import INPUT, UNKNOWN, UnknownOperand, Value, holds

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from bot.pipeline.specs import Input

_PRESENT: Final = UnknownOperand(truth=True)


@dataclass(frozen=True, slots=True)
class SettledInputs:
    """What holds for an input without a value of its own. `default` is None where there is none.

    `is_known`: False where a rule asks for what nobody can know here.
    """

    default: Node | None = None
    options: Sequence | None = None
    is_known: bool = True


def settled(declared: Input, known: Dict[str, Node | None]) -> SettledInputs:
    """The default and the options of an input. `known`: what its rules may ask for; None is not known."""
    if declared.rules is None:
        return SettledInputs(declared.default, declared.options)

    def lookup(name: str) -> Value:
        # It sees no variable, so each is null.
        named = name.removeprefix(INPUT)
        return _operand(known[named]) if name.startswith(INPUT) and named in known else None

    for rule in declared.rules:
        condition = text_of(rule.get("if")) if isinstance(rule, Mapping) else None
        is_met = True if condition is None else holds(condition, lookup)
        if is_met is None:
            return SettledInputs(is_known=False)
        if is_met and isinstance(rule, Mapping):
            default, options = rule.get("default"), rule.get("options")
            return SettledInputs(
                None if is_null(default) else default, options if isinstance(options, Sequence) else None
            )
    return SettledInputs()


def _operand(node: Node | None) -> Value:
    """What an expression compares: of a number or a list no more than that it is there."""
    if isinstance(node, Scalar) and node.tag != UNFILLED:
        return node.value if node.value is None or isinstance(node.value, str | bool) else _PRESENT
    return _PRESENT if isinstance(node, Sequence) and len(node) else UNKNOWN
