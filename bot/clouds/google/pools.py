"""Providers of workload identity pools, and the bindings that let their principals in.

cloud.google.com/iam/docs/workload-identity-federation and .../principal-identifiers, 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bot.cel.evaluation import CelError, NotKnown, evaluate
from bot.cel.parser import NotCel, parse_cel
from bot.clouds.issuers import host_of
from bot.clouds.values import UnknownValue
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.cel.nodes import Expression
    from bot.documents.location import Span
    from bot.documents.nodes import Scalar

_MEMBER = regex(
    r"(?P<set>principal(?:Set)?)://iam\.googleapis\.com/(?P<pool>.*workloadIdentityPools/[^/]+|[^/]+)/(?:(?P<subject>subject)/(?P<value>.+)"
    r"|group/(?P<group>.+)|(?P<attribute>attribute\.\w+)/(?P<wanted>.+)|(?P<all>\*))"
)
_POOL = regex(r"(?:^|/)workloadIdentityPools/(?P<pool>[^/]+)")
_SUBJECT_BYTES = 127


@dataclass(slots=True, eq=False)
class PoolProvider:
    """A provider of a pool. `mapping` and `condition` are as written; None stands for what is not known."""

    name: str
    pool: str
    span: Span
    issuer: Scalar | None
    audiences: tuple[Scalar, ...]
    mapping: dict[str, Scalar]
    condition: Scalar | None
    is_partial: bool = False
    """an update, which keeps what it does not name"""
    expressions: dict[str, Expression] = field(default_factory=dict)
    parsed_condition: Expression | None = None
    problem: str = ""
    """why it cannot be judged, "" where it can"""

    def __post_init__(self) -> None:
        for name, scalar in self.mapping.items():
            parsed = None if isinstance(scalar, UnknownValue) else _parsed(scalar.text)
            if parsed is not None:
                self.expressions[name] = parsed
        if self.condition is not None and self.condition.text.strip():
            if isinstance(self.condition, UnknownValue):
                self.problem = "its attribute condition is not known here; give its variable a default"
            else:
                self.parsed_condition = _parsed(self.condition.text)
                if self.parsed_condition is None:
                    self.problem = "its attribute condition is no expression that is read here"

    @property
    def host(self) -> str:
        """The issuer's host and path, "" where it is not known."""
        known = self.issuer is not None and not isinstance(self.issuer, UnknownValue)
        return host_of(self.issuer.text) if known and self.issuer is not None else ""

    def mapped(self, claims: Mapping[str, Any], name: str) -> str | list[str] | None:
        """Return the value of a mapped attribute; None where the token gives none."""
        expression = self.expressions.get(name)
        if expression is None:
            return None
        try:
            value = evaluate(expression, {"assertion": dict(claims)})
        except CelError:
            return None
        if name == "google.subject" and isinstance(value, str) and len(value.encode()) > _SUBJECT_BYTES:
            return None
        return value if isinstance(value, str | list) else None

    def admits(self, claims: Mapping[str, Any]) -> bool:
        """Return whether the condition is met by a token of the issuer.

        Raises:
            NotKnown: it cannot be evaluated here.
        """
        if self.parsed_condition is None:
            return not self.problem
        attributes: dict[str, Any] = {}
        google: dict[str, Any] = {}
        for name in self.expressions:
            value = self.mapped(claims, name)
            if value is not None:
                group, _, short = name.partition(".")
                (google if group == "google" else attributes)[short] = value
        names = {"assertion": dict(claims), "attribute": attributes, "google": google}
        try:
            return evaluate(self.parsed_condition, names) is True
        except CelError:
            return False


@dataclass(slots=True, eq=False)
class Member:
    """A principal of a binding. `attribute` is the mapped name, "" for the whole pool."""

    scalar: Scalar
    pool: str
    attribute: str
    value: str
    value_known: bool

    def includes(self, provider: PoolProvider, claims: Mapping[str, Any]) -> bool:
        """Return whether a token that the provider admits is one of its principals."""
        if not self.attribute:
            return True
        value = provider.mapped(claims, self.attribute)
        return self.value in value if isinstance(value, list) else value == self.value


@dataclass(slots=True, eq=False)
class Binding:
    """Members that get a role on something. `target` is what, e.g. a service account."""

    target: str
    kind: str
    span: Span
    member: Member


def _parsed(text: str) -> Expression | None:
    try:
        return parse_cel(text)
    except NotCel:
        return None


def member_of(scalar: Scalar) -> Member | None:
    """Return the principal that a member of a binding names; None for members of other kinds."""
    found = _MEMBER.fullmatch(scalar.text.strip())
    if found is None:
        return None
    named = _POOL.search(found["pool"])
    pool = named["pool"] if named else found["pool"]
    if found["all"]:
        return Member(scalar, pool, "", "", value_known=True)
    if found["group"]:
        attribute, value = "google.groups", found["group"]
    elif found["subject"]:
        attribute, value = "google.subject", found["value"]
    else:
        attribute, value = found["attribute"], found["wanted"]
    known = not (isinstance(scalar, UnknownValue) and re.search(r"\$[{(A-Za-z_]", value))
    return Member(scalar, pool, attribute, value, value_known=known)


def uses_unknown(provider: PoolProvider, member: Member | None) -> str:
    """Return why the pair cannot be judged, "" where it can."""
    if provider.problem:
        return provider.problem
    needed = [member.attribute] if member is not None and member.attribute else []
    for name in needed:
        scalar = provider.mapping.get(name)
        if scalar is not None and name not in provider.expressions:
            return f"the mapping of {name} is not known here"
    if member is not None and not member.value_known:
        return "the value of the binding's member is not known here"
    probe = {"sub": "x"}
    try:
        provider.admits(probe)
        for name in needed:
            provider.mapped(probe, name)
    except NotKnown as function:
        return f"it uses the function {function}, whose meaning in Google's service is not known here"
    return ""
