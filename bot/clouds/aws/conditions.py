"""IAM's condition operators, as AWS evaluates them for one request.

Semantics: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
reference_policies_condition-single-vs-multi-valued-context-keys.html, 2026-11; tests/oracle compares with an
implementation of somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.wildcards import wildcard_match
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator, taken apart. `quantifier`: "", "ForAllValues" or "ForAnyValue"."""

    base: str
    quantifier: str = ""
    if_exists: bool = False

    @property
    def is_negated(self) -> bool:
        """Whether it is a Not operator: true where the key is absent, and false where one value matches."""
        return self.base in _NEGATED

    @property
    def is_known(self) -> bool:
        """Whether IAM has an operator of this name that this module evaluates."""
        return self.base in _MATCHERS or self.base == "null"

    @property
    def passes_if_absent(self) -> bool:
        """Whether the condition is met where the request has no such key.

        `ForAnyValue:` asks for one value and finds none: `IfExists` changes nothing about that, as a user of AWS found
        (repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w, 2026-11).
        """
        if self.quantifier:
            return self.quantifier == "ForAllValues"
        return self.if_exists or self.is_negated

    @property
    def has_wildcards(self) -> bool:
        """Whether `*` and `?` in a value are wildcards."""
        return self.base in {
            "stringlike",
            "stringnotlike",
            "arnlike",
            "arnequals",
            "arnnotlike",
            "arnnotequals",
        }


def parse_operator(written: str) -> Operator:
    """Return the operator `written`, e.g. `ForAnyValue:StringLike` or `StringEqualsIfExists`; case does not matter."""
    quantifier, _, name = written.rpartition(":")
    base = name.lower()
    if_exists = base.endswith("ifexists")
    spelled = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}.get(quantifier.lower(), "")
    return Operator(base.removesuffix("ifexists"), spelled, if_exists)


def is_met(operator: Operator, values: tuple[str, ...], actual: tuple[str, ...] | None) -> bool:
    """Return whether a condition is met by the key's values in the request; None where the key is absent."""
    if operator.base == "null":
        wanted = {value.lower() for value in values}
        return ("true" if not actual else "false") in wanted
    if not actual:
        return operator.passes_if_absent
    one = _MATCHERS[operator.base]
    if operator.is_negated:
        matches = [not any(one(value, each) for value in values) for each in actual]
    else:
        matches = [any(one(value, each) for value in values) for each in actual]
    if operator.quantifier == "ForAllValues":
        return all(matches)
    if operator.quantifier == "ForAnyValue" or not operator.is_negated:
        return any(matches)
    return all(matches)


def context_of(host: str, keys: frozenset[str], claims: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that AWS fills from a token: `HOST:claim` in lower case, to its values."""
    context: dict[str, tuple[str, ...]] = {}
    for key in keys:
        value = claims.get("aud" if key == "oaud" else key)
        if isinstance(value, str):
            context[f"{host}:{key}".lower()] = (value,)
    return context


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _compares(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def matches(value: str, actual: str) -> bool:
        left, right = _number(actual), _number(value)
        return left is not None and right is not None and test(left, right)

    return matches


def _equals(value: str, actual: str) -> bool:
    return value == actual


def _ignores_case(value: str, actual: str) -> bool:
    return value.lower() == actual.lower()


def _same_boolean(value: str, actual: str) -> bool:
    return value.lower() in {"true", "false"} and _ignores_case(value, actual)


_MATCHERS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": _equals,
    "stringnotequals": _equals,
    "stringequalsignorecase": _ignores_case,
    "stringnotequalsignorecase": _ignores_case,
    "stringlike": wildcard_match,
    "stringnotlike": wildcard_match,
    "arnequals": wildcard_match,
    "arnnotequals": wildcard_match,
    "arnlike": wildcard_match,
    "arnnotlike": wildcard_match,
    "bool": _same_boolean,
    "numericequals": _compares(lambda a, b: a == b),
    "numericnotequals": _compares(lambda a, b: a == b),
    "numericlessthan": _compares(lambda a, b: a < b),
    "numericlessthanequals": _compares(lambda a, b: a <= b),
    "numericgreaterthan": _compares(lambda a, b: a > b),
    "numericgreaterthanequals": _compares(lambda a, b: a >= b),
}
_NEGATED = frozenset(
    {
        "stringnotequals",
        "stringnotequalsignorecase",
        "stringnotlike",
        "arnnotequals",
        "arnnotlike",
        "numericnotequals",
    }
)
