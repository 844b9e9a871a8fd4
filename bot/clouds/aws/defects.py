"""Conditions of a trust policy that can never be met, and those that restrict nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.clouds.aws.conditions import is_met
from bot.clouds.model import Defect
from bot.clouds.texts import can_be_subject, why_not_a_subject
from bot.clouds.wildcards import has_wildcard
from bot.facts.gitlab_subjects import is_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.aws.policy import Condition, Statement

_OWN_PREFIXES = ("aws:", "sts:", "saml:")
_ENUMERATIONS = {
    "ref_protected": frozenset({"true", "false"}),
    "runner_environment": frozenset({"gitlab-hosted", "self-hosted"}),
}
_NUMBERS = frozenset({"project_id", "namespace_id", "user_id"})


def defects_of(statements: list[Statement], issuer: str, keys: frozenset[str]) -> Iterator[Defect]:
    """Yield every condition that does not do what it seems to, for tokens of the issuer."""
    allowing = [statement for statement in statements if statement.allows]
    alive = any(not any(_blocks(c, issuer, keys) for c in statement.conditions) for statement in allowing)
    for statement in allowing:
        for condition in statement.conditions:
            found = _defect(condition, issuer, keys)
            if found is not None:
                yield replace(found, decisive=not alive)
            elif condition.claim_of(issuer) == "sub" and not condition.operator.is_negated:
                yield from _dead_values(condition)
    for statement in statements:
        if not statement.allows:
            yield from _of_denial(statement, issuer, keys)


def _of_denial(statement: Statement, issuer: str, keys: frozenset[str]) -> Iterator[Defect]:
    """Yield what is wrong with a Deny: one that never applies restricts nothing, one that always does refuses all."""
    found = [_defect(condition, issuer, keys) for condition in statement.conditions]
    for defect in found:
        if defect is not None and defect.blocks:
            yield replace(defect, blocks=False, message=f"the Deny never applies, for {defect.message}")
    if found and all(defect is not None and not defect.blocks for defect in found):
        defect = found[0]
        assert defect is not None  # noqa: S101 - for the type checker
        yield replace(defect, blocks=True, message=f"the Deny always applies, for {defect.message}")


def _blocks(condition: Condition, issuer: str, keys: frozenset[str]) -> bool:
    found = _defect(condition, issuer, keys)
    return found is not None and found.blocks


def _defect(condition: Condition, issuer: str, keys: frozenset[str]) -> Defect | None:
    """Return what is wrong with a condition: it is always met, or never."""
    key = condition.key.lower()
    if not condition.key_known or key.startswith(_OWN_PREFIXES) or ":" not in key:
        return None
    if not condition.operator.is_known:
        return None
    claim = condition.claim_of(issuer)
    if claim not in keys:
        met = is_met(condition.operator, condition.texts or ("",), None)
        return _as_defect(condition, _absent(condition, issuer, claim), met=met)
    if condition.operator.base == "null":
        met = is_met(condition.operator, condition.texts, ("x",))
        return _as_defect(condition, f"every token of {issuer} has the claim `{claim}`", met=met)
    if not condition.is_known or any(_can_equal(condition, claim, text) for text in condition.texts):
        return None
    return _as_defect(condition, _unwritable(condition, claim), met=condition.operator.is_negated)


def _as_defect(condition: Condition, why: str, *, met: bool) -> Defect:
    return Defect(condition.span, f"{condition.written}.{condition.key}", why, blocks=not met)


def _absent(condition: Condition, issuer: str, claim: str | None) -> str:
    if "${" in condition.key or "Fn::" in condition.key:
        return f"the key is the literal text `{condition.key}`: functions are not expanded in a key"
    if claim is None:
        return f"the key `{condition.key}` belongs to another issuer than `{issuer}`, so it is absent"
    return f"AWS has no condition key `{claim}` for tokens of {issuer}, so it is absent"


def _unwritable(condition: Condition, claim: str | None) -> str:
    text = condition.texts[0] if condition.texts else ""
    if has_wildcard(text) and not condition.operator.has_wildcards:
        return (
            f"under `{condition.written}` the `*` in `{text}` is a plain character, which no token contains"
        )
    if claim == "sub":
        return why_not_a_subject(text)
    return f"GitLab never writes `{text}` as {claim}"


def _can_equal(condition: Condition, claim: str | None, text: str) -> bool:
    wild = condition.operator.has_wildcards
    if claim == "sub":
        return can_be_subject(text, wildcards=wild, ignores_case="ignorecase" in condition.operator.base)
    if wild and has_wildcard(text):
        return True
    if claim in _NUMBERS:
        return is_id(text)
    allowed = _ENUMERATIONS.get(claim or "")
    if allowed is None or condition.operator.base == "bool":
        return True
    return text in allowed


def _dead_values(condition: Condition) -> Iterator[Defect]:
    """Yield the values of a list that no subject equals, where another one works."""
    if not condition.is_known or len(condition.values) < 2:  # noqa: PLR2004 - a list
        return
    for value in condition.values:
        if not _can_equal(condition, "sub", value.text):
            yield Defect(
                value.span,
                f"{condition.written}.{condition.key}.{value.text}",
                _unwritable_value(condition, value.text),
                blocks=True,
                decisive=False,
            )


def _unwritable_value(condition: Condition, text: str) -> str:
    if has_wildcard(text) and not condition.operator.has_wildcards:
        return (
            f"under `{condition.written}` the `*` in `{text}` is a plain character, which no token contains"
        )
    return why_not_a_subject(text)
