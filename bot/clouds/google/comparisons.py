"""What the expressions of a provider compare: texts for candidates, and comparisons that never vary."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from bot.cel.nodes import (
    CelCall,
    CelLiteral,
    CelOperation,
    Index,
    ListOf,
    Name,
    Select,
    children,
    inside,
)
from bot.clouds.model import Hint
from bot.facts.gitlab_subjects import is_id, is_path, is_ref, parse_subject
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.cel.nodes import Expression

_PARTIAL = frozenset({"startsWith", "endsWith", "contains", "matches"})
_COMPARES = frozenset({"==", "!=", "in", "<", "<=", ">", ">="})
_NUMBER_CLAIMS = frozenset({"runner_id", "exp", "iat", "nbf"})
_MAX_SPLITS = 200
# A part of a regular expression that stands for any run of characters, and one that stands for a single one.
_RUN = regex(r"(?:\.|\[[^\]]*\]|\\[wdsS])(?:[*+]\??|\{\d+,\d*\})|\([^()|]*\)[*+]")
_SINGLE = regex(r"(?<!\\)\.|\[[^\]]*\]|\\[wd]")
_CHOICE = regex(r"\((?:\?:|\?P<\w+>)?([^()]*)\)")


def claim_of(node: Expression) -> str | None:
    """Return the claim that `assertion.X` or `assertion["X"]` names."""
    if isinstance(node, Select) and isinstance(node.operand, Name) and node.operand.name == "assertion":
        return node.field
    if isinstance(node, Index) and isinstance(node.operand, Name) and node.operand.name == "assertion":
        return (
            node.index.value
            if isinstance(node.index, CelLiteral) and isinstance(node.index.value, str)
            else None
        )
    return None


def attribute_of(node: Expression) -> str | None:
    """Return the mapped name that `attribute.X` or `google.X` refers to, as it is written."""
    if (
        isinstance(node, Select)
        and isinstance(node.operand, Name)
        and node.operand.name in {"attribute", "google"}
    ):
        return f"{node.operand.name}.{node.field}"
    return None


def claims_in(node: Expression, mapping: Mapping[str, Expression]) -> dict[str, None]:
    """Return the claims that an expression depends on, also through mapped attributes."""
    found: dict[str, None] = {}
    for part in inside(node):
        claim = claim_of(part)
        if claim is not None:
            found[claim] = None
        attribute = attribute_of(part)
        if attribute is not None and attribute in mapping:
            found.update(claims_in(mapping[attribute], {}))
    return found


def hints_of(node: Expression, mapping: Mapping[str, Expression]) -> Iterator[Hint]:
    """Yield the texts that an expression compares claims with."""
    if isinstance(node, CelOperation) and node.operator in _COMPARES:
        yield from _compared(node, mapping, partial=False, negated=node.operator == "!=")
    elif isinstance(node, CelCall) and node.name in _PARTIAL and node.target is not None:
        yield from _compared(node, mapping, partial=True, is_regex=node.name == "matches")
    elif (claim := claim_of(node)) is not None:
        yield Hint(claim, "")
    for child in children(node):
        yield from hints_of(child, mapping)


def _compared(
    node: Expression,
    mapping: Mapping[str, Expression],
    *,
    partial: bool,
    negated: bool = False,
    is_regex: bool = False,
) -> Iterator[Hint]:
    claims = claims_in(node, mapping)
    for part in inside(node):
        if not isinstance(part, CelLiteral):
            continue
        text = part.value if isinstance(part.value, str) else None
        if text is None:
            continue
        for claim in claims:
            if is_regex:
                for pattern in patterns_of(text):
                    yield Hint(claim, pattern, wildcards=True, partial=True)
            else:
                yield Hint(claim, text, partial=partial, negated=negated)
                yield from _through_mapping(node, text, mapping)


def _through_mapping(node: Expression, text: str, mapping: Mapping[str, Expression]) -> Iterator[Hint]:
    """Yield hints for the claims that a mapped attribute is made of, where it is compared with `text`."""
    for part in children(node):
        attribute = attribute_of(part)
        if attribute is not None and attribute in mapping:
            yield from value_hints(mapping[attribute], text)


def value_hints(node: Expression, value: str) -> Iterator[Hint]:
    """Yield hints for the claims that give a mapped attribute this value."""
    claim = claim_of(node)
    if claim is not None:
        yield Hint(claim, value)
        return
    for claims in islice(splits(node, value), 1):  # the way that is most likely meant
        for name, text in claims.items():
            yield Hint(name, text)


def splits(node: Expression, value: str) -> Iterator[dict[str, str]]:
    """Yield every way in which claims of GitLab, joined by `+`, give `value`; the longest first claim comes first."""
    parts = list(_joined(node))
    known = all(isinstance(part, CelLiteral) or claim_of(part) is not None for part in parts)
    if not known or len(parts) < 2:  # noqa: PLR2004
        return
    possible = (found for found in _splits(parts, value) if all(is_possible(*item) for item in found.items()))
    yield from islice(possible, _MAX_SPLITS)


def is_possible(claim: str, text: str) -> bool:
    """Return whether GitLab can write `text` as the claim."""
    if claim == "sub":
        return parse_subject(text) is not None
    if claim.endswith("project_id") or claim in {"namespace_id", "user_id"}:
        return is_id(text)
    if claim.endswith("project_path"):
        return is_path(text)
    if claim in {"ref_protected", "environment_protected"}:
        return text in {"true", "false"}
    if claim == "ref_path":
        return text.startswith(("refs/heads/", "refs/tags/")) and is_ref(text)
    return is_ref(text) if claim == "ref" else True


def _joined(node: Expression) -> Iterator[Expression]:
    if isinstance(node, CelOperation) and node.operator == "+" and len(node.operands) == 2:  # noqa: PLR2004
        for operand in node.operands:
            yield from _joined(operand)
    else:
        yield node


def _splits(parts: list[Expression], value: str) -> Iterator[dict[str, str]]:
    if not parts:
        if not value:
            yield {}
        return
    first, *rest = parts
    if isinstance(first, CelLiteral):
        text = str(first.value)
        if value.startswith(text):
            yield from _splits(rest, value[len(text) :])
        return
    claim = claim_of(first)
    assert claim is not None  # noqa: S101 - for the type checker
    for length in range(len(value), 0, -1):
        for others in _splits(rest, value[length:]):
            if others.get(claim, value[:length]) == value[:length]:
                yield {claim: value[:length], **others}


def patterns_of(regex: str) -> list[str]:
    """Return texts with `*` and `?` that are like what a regular expression matches."""
    found = [regex.strip().removeprefix("^").removesuffix("$")]
    for _ in range(4):
        expanded: list[str] = []
        for text in found:
            choice = _CHOICE.search(text)
            if choice is None:
                expanded.append(text)
            else:
                expanded += [
                    text[: choice.start()] + branch + text[choice.end() :] for branch in choice[1].split("|")
                ]
        found = expanded[:16]
    found = [branch for text in found for branch in text.split("|")]
    return [_as_wildcards(text) for text in found]


def _as_wildcards(text: str) -> str:
    text = _SINGLE.sub("?", _RUN.sub("\0", text)).replace("\0", "*")
    return re.sub(r"\\(.)", r"\1", text).strip("^$")


def fixed_comparisons(
    node: Expression, mapping: Mapping[str, Expression]
) -> Iterator[tuple[CelOperation, CelLiteral, str]]:
    """Yield comparisons of a claim, which is text, with a number or a boolean: `==` is never true, `!=` always."""
    for part in inside(node):
        if not isinstance(part, CelOperation) or part.operator not in {"==", "!=", "in"}:
            continue
        for left, right in (part.operands, part.operands[::-1]):
            claim = claim_of(left) or _direct(left, mapping)
            if claim is None or claim in _NUMBER_CLAIMS:
                continue
            for literal in right.items if isinstance(right, ListOf) else (right,):
                if isinstance(literal, CelLiteral) and isinstance(literal.value, int | float):
                    yield part, literal, claim


def _direct(node: Expression, mapping: Mapping[str, Expression]) -> str | None:
    """Return the claim that a mapped attribute copies, "text" for another one: attributes are text."""
    attribute = attribute_of(node)
    if attribute is None:
        return None
    return (claim_of(mapping[attribute]) if attribute in mapping else None) or attribute


def text_comparisons(
    node: Expression, is_possible: Callable[[str, str], bool]
) -> Iterator[tuple[CelOperation, CelLiteral, str]]:
    """Yield `==` of a claim with a text that it never has."""
    for part in inside(node):
        if not isinstance(part, CelOperation) or part.operator not in {"==", "!="}:
            continue
        for left, right in (part.operands, part.operands[::-1]):
            claim = claim_of(left)
            text = right.value if isinstance(right, CelLiteral) else None
            if (
                claim
                and isinstance(right, CelLiteral)
                and isinstance(text, str)
                and not is_possible(claim, text)
            ):
                yield part, right, claim
