"""Roles that a web identity can assume: what their trust policy accepts of one issuer's tokens."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from bot.clouds.aws.conditions import context_of, is_met
from bot.clouds.aws.defects import defects_of
from bot.clouds.aws.stricter import stricter_policy
from bot.clouds.issuers import is_subject_like, looks_like_gitlab
from bot.clouds.model import Cloud, Hint, Stricter, Trust
from bot.documents.location import Unreadable
from bot.facts.cloud_trust import AWS_GITLAB_COM_KEYS, AWS_KEYS, GITLAB_COM
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.clouds.aws.policy import Condition, Statement
    from bot.documents.location import Span

_AWS_PREFIXES = ("aws:", "sts:", "saml:")


@dataclass(slots=True, eq=False)
class Role:
    """A role with its trust policy."""

    name: str
    span: Span
    statements: list[Statement]
    references: tuple[str, ...] = ()
    audiences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """issuer -> the `client_id_list` of its provider, where the repository has it"""


def keys_of(issuer: str) -> frozenset[str]:
    """Return the claims that AWS offers as condition keys for the issuer."""
    return AWS_GITLAB_COM_KEYS if issuer.lower() == GITLAB_COM else AWS_KEYS


def is_gitlab(issuer: str, statements: list[Statement], own_host: str) -> bool:
    """Return whether the issuer is a GitLab: by its name, or by the subjects that are compared with its tokens."""
    texts = (
        text
        for statement in statements
        if statement.concerns(issuer)
        for condition in statement.conditions
        for text in condition.texts
    )
    return looks_like_gitlab(issuer, own_host, texts)


def trusts_of(role: Role, own_host: str) -> Iterator[Trust | Unreadable]:
    """Yield what the role accepts, for each GitLab that it trusts; what is not known as `Unreadable`."""
    _assume_issuers(role.statements)
    issuers = dict.fromkeys(
        issuer
        for statement in role.statements
        if statement.for_web_identity
        for issuer in statement.issuers
        if issuer
    )
    for issuer in issuers:
        if not is_gitlab(issuer, role.statements, own_host):
            continue
        yield _trust(role, issuer)
        unknown = _unknown(role, issuer)
        if unknown is not None:
            yield unknown
    yield from _unknown_issuers(role, has_known=bool(issuers))


def _assume_issuers(statements: list[Statement]) -> None:
    """Take the issuer of an unknown principal from the keys of its conditions, where they agree on one."""
    for statement in statements:
        if None not in statement.issuers:
            continue
        hosts = {host for c in statement.conditions if c.key_known and (host := _host(c.key))}
        if len(hosts) == 1:
            statement.issuers = tuple(
                each if each is not None else next(iter(hosts)) for each in statement.issuers
            )


def _host(key: str) -> str:
    """Return the issuer in front of a condition key, "" for a key of AWS itself."""
    host = key.rpartition(":")[0]
    return "" if host.lower() + ":" in _AWS_PREFIXES or "$" in host or "." not in host else host


def _unknown_issuers(role: Role, *, has_known: bool) -> Iterator[Unreadable]:
    for statement in role.statements:
        if None not in statement.issuers or not statement.for_web_identity or not statement.allows:
            continue
        texts = [value.text for c in statement.conditions for value in c.values]
        if any(map(is_subject_like, texts)) or ("gitlab" in role.name.lower() and not has_known):
            yield Unreadable(
                statement.span.path,
                statement.span.start_line,
                f"the trust policy of the role `{role.name}` was not checked: its identity provider is not known here;"
                " write the provider's host, or keep the provider in this repository",
            )


def _trust(role: Role, issuer: str) -> Trust:
    statements = [each for each in role.statements if each.concerns(issuer)]
    keys = keys_of(issuer)

    def accepts(claims: Mapping[str, str]) -> bool:
        context = context_of(issuer, keys, claims)
        if not any(each.allows and _applies(each, issuer, context) for each in statements):
            return False
        return not any(not each.allows and _applies(each, issuer, context) for each in statements)

    def place(claims: Mapping[str, str]) -> Span:
        context = context_of(issuer, keys, claims)
        statement = next(
            (each for each in statements if each.allows and _applies(each, issuer, context)), statements[0]
        )
        return _place(statement, issuer, claims)

    return Trust(
        cloud=Cloud.AWS,
        kind="role",
        name=role.name,
        span=role.span,
        issuer=issuer,
        accepts=accepts,
        hints=tuple(_hints(statements, issuer)),
        defects=tuple(defects_of(statements, issuer, keys)),
        place=place,
        audiences=_audiences(statements, issuer) or role.audiences.get(issuer.lower(), ()),
        references=role.references,
        stricter=Stricter(
            lambda claim, text_of: stricter_policy(statements, issuer, keys, claim, text_of), reads=keys
        ),
    )


def _applies(statement: Statement, issuer: str, context: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether a statement decides on the request. What is not known never lets a token in."""
    if not statement.complete:
        return not statement.allows
    return all(
        _met(condition, issuer, context, allows=statement.allows) for condition in statement.conditions
    )


def _met(condition: Condition, issuer: str, context: Mapping[str, tuple[str, ...]], *, allows: bool) -> bool:
    key = condition.key.lower()
    if not condition.key_known:
        return not allows
    if key.startswith(_AWS_PREFIXES) or not condition.operator.is_known:
        return allows  # the caller chooses it, or it does not depend on the token
    if condition.claim_of(issuer) in {"aud", "oaud"} and not condition.is_known:
        return allows  # a free text: anyone who calls knows it
    actual = context.get(key)
    if condition.is_known:
        return is_met(condition.operator, condition.texts, actual)
    if condition.operator.is_negated or not allows:
        return not allows
    return is_met(condition.operator, condition.texts, actual)


def _hints(statements: list[Statement], issuer: str) -> Iterator[Hint]:
    for statement in statements:
        for condition in statement.conditions:
            claim = condition.claim_of(issuer)
            if claim is None or condition.operator.base == "null":
                continue
            for text in condition.texts:
                yield Hint(
                    claim,
                    text,
                    wildcards=condition.operator.has_wildcards,
                    ignores_case="ignorecase" in condition.operator.base,
                    negated=condition.operator.is_negated,
                )


def _audiences(statements: list[Statement], issuer: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            text
            for statement in statements
            if statement.allows
            for condition in statement.conditions
            if condition.claim_of(issuer) in {"aud", "oaud"} and not condition.operator.is_negated
            for text in condition.texts
        )
    )


def _place(statement: Statement, issuer: str, claims: Mapping[str, str]) -> Span:
    """Return the value that matches the token's subject, else the condition that is nearest to one, else the start."""
    subjects = [c for c in statement.conditions if c.claim_of(issuer) == "sub"]
    for condition in subjects:
        for value in condition.values:
            if is_met(condition.operator, (value.text,), (claims["sub"],)):
                return value.span
    known = [*subjects, *(c for c in statement.conditions if c.claim_of(issuer) not in {None, "aud"})]
    if known:
        return known[0].span
    if statement.conditions:
        return statement.conditions[0].span
    return statement.principal_span or statement.span._replace(
        end_line=statement.span.start_line, end_column=1 << 30
    )


def _unknown(role: Role, issuer: str) -> Unreadable | None:
    """Return what of the policy is not known, where it could matter."""
    for statement in role.statements:
        if not statement.concerns(issuer):
            continue
        for condition in statement.conditions:
            if not condition.is_known and condition.claim_of(issuer) not in {"aud", "oaud"}:
                named = condition.key if condition.key_known else "a key"
                return Unreadable(
                    condition.span.path,
                    condition.span.start_line,
                    f"the trust policy of the role `{role.name}` was not checked in full: {condition.written} on"
                    f" {named} has a value that is not known here; give its variable a default",
                )
        if not statement.complete:
            return Unreadable(
                statement.span.path,
                statement.span.start_line,
                f"the trust policy of the role `{role.name}` was not checked in full: a part of this statement is not"
                " known here; write it out",
            )
    return None
