"""An IAM trust policy as statements, from the JSON value that every format comes to.

Grammar: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, 2026-11.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from bot.clouds.aws.conditions import Operator, parse_operator
from bot.clouds.values import lowered, scalars, text_or_source
from bot.clouds.wildcards import wildcard_match
from bot.documents.nodes import Mapping, Sequence
from bot.lazy import dataclass, regex
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.location import Span
    from bot.documents.nodes import Node, Scalar

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
_PROVIDER = regex(r"oidc-provider/(?P<issuer>[^\s\"']+)")
_POLICY_VARIABLE = regex(r"\$\{[\w:/-]+(?:,[^}]*)?\}")


@dataclass(slots=True, eq=False)
class Condition:
    """One key of a condition: operator, key and values.

    `span` is the place of the whole (key and values), `operator_span` that of the operator.
    """

    written: str
    operator: Operator
    key: str
    values: tuple[Scalar, ...]
    span: Span
    operator_span: Span
    key_known: bool = True

    @property
    def texts(self) -> tuple[str, ...]:
        """The values that are known."""
        return tuple(value.text for value in self.values if not isinstance(value, UnknownValue))

    @property
    def is_known(self) -> bool:
        """Whether key and values are all known."""
        return self.key_known and not any(isinstance(value, UnknownValue) for value in self.values)

    def claim_of(self, issuer: str) -> str | None:
        """Return the claim that the key names for the issuer, in lower case; None for any other key."""
        host, _, claim = self.key.rpartition(":")
        return claim.lower() if host.lower() == issuer.lower() else None


@dataclass(slots=True, eq=False)
class Statement:
    """One statement of a trust policy. `issuers`: the OIDC issuers of its principal; None stands for an unknown one."""

    allows: bool
    sid: str
    span: Span
    issuers: tuple[str | None, ...]
    anyone: bool
    """the principal `*`, which is not compared with an issuer"""
    for_web_identity: bool
    conditions: list[Condition] = field(default_factory=list)
    principal_span: Span | None = None
    complete: bool = True
    """False where a part of it is not known"""

    def concerns(self, issuer: str) -> bool:
        """Return whether the statement is about tokens of the issuer."""
        if not self.for_web_identity:
            return False
        return self.anyone or any(
            each is not None and each.lower() == issuer.lower() for each in self.issuers
        )


def statements_of(policy: Node, find_issuer: Callable[[str], str | None]) -> list[Statement]:
    """Return the statements of a policy document.

    `find_issuer` returns the issuer that a principal's source text refers to, e.g. a resource's ARN.
    """
    if not isinstance(policy, Mapping):
        return []
    found = lowered(policy).get("statement")
    items = found.items if isinstance(found, Sequence) else (found,)
    return [_statement(item, find_issuer) for item in items if isinstance(item, Mapping)]


def _statement(node: Mapping, find_issuer: Callable[[str], str | None]) -> Statement:
    parts = lowered(node)
    issuers, anyone, place = _principal(parts.get("principal"), find_issuer)
    effect = parts.get("effect")
    statement = Statement(
        allows=text_or_source(effect).lower() != "deny",
        sid=text_or_source(parts.get("sid")),
        span=node.span,
        issuers=issuers,
        anyone=anyone,
        for_web_identity=_is_web_identity(parts),
        principal_span=place,
        complete=not isinstance(effect, UnknownValue) and "notprincipal" not in parts,
    )
    statement.conditions = _conditions(parts.get("condition"), statement)
    return statement


def _is_web_identity(parts: dict[str, Node]) -> bool:
    if "notaction" in parts:
        return not _names_action(parts["notaction"])
    return _names_action(parts.get("action"))


def _names_action(node: Node | None) -> bool:
    return any(wildcard_match(each.text.lower(), WEB_IDENTITY.lower()) for each in scalars(node))


def _principal(
    node: Node | None, find_issuer: Callable[[str], str | None]
) -> tuple[tuple[str | None, ...], bool, Span | None]:
    if not isinstance(node, Mapping):
        return (), False, None
    parts = lowered(node)
    federated = scalars(parts.get("federated"))
    issuers = tuple(issuer_of(each, find_issuer) for each in federated)
    anyone = any(each.text == "*" for each in scalars(parts.get("aws")))
    place = next((entry.span for entry in node if entry.key.text.lower() == "federated"), None)
    return issuers, anyone, place


def issuer_of(scalar: Scalar, find_issuer: Callable[[str], str | None]) -> str | None:
    """Return the OIDC issuer of a federated principal, "" for a principal of another kind, None where it is unknown."""
    found = _PROVIDER.search(scalar.text)
    if found is not None and "${" not in found["issuer"]:
        return found["issuer"].rstrip("/")
    if isinstance(scalar, UnknownValue) or "${" in scalar.text:
        return find_issuer(scalar.text)
    return found["issuer"] if found else ""


def _conditions(node: Node | None, statement: Statement) -> list[Condition]:
    if node is None:
        return []
    if not isinstance(node, Mapping):
        statement.complete = False
        return []
    made: list[Condition] = []
    for operator_entry in node:
        written = operator_entry.key.text
        if not isinstance(operator_entry.value, Mapping):
            statement.complete = False
            continue
        made += [
            condition(written, entry.key, scalars(entry.value), entry.span, operator_entry.key.span)
            for entry in operator_entry.value
        ]
    return made


def condition(
    written: str, key: Scalar, values: tuple[Scalar, ...], span: Span, operator_span: Span
) -> Condition:
    """Return a condition; a policy variable in a value makes the value unknown."""
    return Condition(
        written=written,
        operator=parse_operator(written),
        key=key.text,
        values=tuple(_value(each) for each in values),
        span=span,
        operator_span=operator_span,
        key_known=not isinstance(key, UnknownValue),
    )


def _value(scalar: Scalar) -> Scalar:
    if isinstance(scalar.value, bool):
        return replace(scalar, text=str(scalar.value).lower())
    if isinstance(scalar, UnknownValue) or not _POLICY_VARIABLE.search(scalar.text):
        return scalar
    return UnknownValue(None, scalar.text, scalar.span, scalar.style, None, scalar.locate)
