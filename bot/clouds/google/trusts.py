"""What a binding and a provider accept together: the reach is the condition and the member.

A half without the other one is named as not checked where it could be open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cel.evaluation import NotKnown
from bot.clouds.google.comparisons import (
    claim_of,
    fixed_comparisons,
    hints_of,
    is_possible,
    splits,
    text_comparisons,
    value_hints,
)
from bot.clouds.google.fixes import quoted, stricter_condition
from bot.clouds.google.pools import uses_unknown
from bot.clouds.issuers import is_subject_like, looks_like_gitlab
from bot.clouds.model import Cloud, Defect, Hint, Stricter, Trust
from bot.clouds.reaches import TrustReach
from bot.clouds.texts import why_not_a_subject
from bot.clouds.verdict import verdict_of
from bot.documents.location import Unreadable
from bot.facts.cloud_trust import GOOGLE_IAM_ISSUER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.cel.nodes import CelLiteral, Expression
    from bot.clouds.google.pools import Binding, Member, PoolProvider
    from bot.documents.documents import Documents
    from bot.documents.location import Span

_COST_OF_DEAD = "Jobs that the condition refuses today are then accepted."
_COST_OF_VOID = "Jobs that pass the condition today can then be refused."
_OPEN = frozenset(
    {
        TrustReach.ISSUER,
        TrustReach.PERSON,
        TrustReach.GROUP,
        TrustReach.FORK,
        TrustReach.PUSHER,
        TrustReach.TAG,
        TrustReach.CASE,
    }
)


def trusts_of(
    providers: list[PoolProvider], bindings: list[Binding], own_host: str, documents: Documents
) -> Iterator[Trust | Unreadable]:
    """Yield what bindings accept through the providers of their pools."""
    gitlab = [provider for provider in providers if _is_gitlab(provider, own_host)]
    used: set[int] = set()
    for binding in bindings:
        own = [provider for provider in gitlab if provider.pool == binding.member.pool]
        if not own and not any(provider.pool == binding.member.pool for provider in providers):
            yield from _binding_alone(binding)
        for provider in own:
            used.add(id(provider))
            yield from _pair(provider, binding, own, documents)
    for provider in gitlab:
        if id(provider) not in used:
            yield from _provider_alone(provider, documents)


def _is_gitlab(provider: PoolProvider, own_host: str) -> bool:
    texts = [
        hint.text for node in _expressions(provider) for hint in hints_of(node, {}) if hint.claim == "sub"
    ]
    return looks_like_gitlab(provider.host, own_host, texts) and bool(provider.host)


def _expressions(provider: PoolProvider) -> Iterator[Expression]:
    yield from provider.expressions.values()
    if provider.parsed_condition is not None:
        yield provider.parsed_condition


def _binding_alone(binding: Binding) -> Iterator[Unreadable]:
    member = binding.member
    if "gitlab" in f"{member.pool} {binding.target}".lower() or is_subject_like(member.value):
        yield Unreadable(
            member.scalar.span.path,
            member.scalar.span.start_line,
            f"the binding on {binding.target} was not checked: the other half, the pool's provider, is not in this"
            " repository",
        )


def _provider_alone(provider: PoolProvider, documents: Documents) -> Iterator[Trust | Unreadable]:
    why = uses_unknown(provider, None)
    if why:
        yield _unknown(provider.span, f"the provider {provider.name}", why)
        return
    trust = _trust(provider, None, documents)
    trust.half = True
    yield trust
    reach = verdict_of(trust).reach
    if reach in _OPEN and not provider.is_partial:
        yield Unreadable(
            provider.span.path,
            provider.span.start_line,
            f"the provider {provider.name} accepts jobs of {_WHOSE[reach]}; whether one of them gets access was not"
            " checked: the other half, the IAM bindings of its pool, is not in this repository",
        )


_WHOSE = {
    TrustReach.ISSUER: "any project of the GitLab instance",
    TrustReach.PERSON: "any project of one person",
    TrustReach.GROUP: "every project of a group",
    TrustReach.FORK: "forks",
    TrustReach.PUSHER: "any branch of the project",
    TrustReach.TAG: "tags and branches alike",
    TrustReach.CASE: "refs in any case",
}


def _unknown(span: Span, what: str, why: str) -> Unreadable:
    return Unreadable(span.path, span.start_line, f"{what} was not checked: {why}")


def _pair(
    provider: PoolProvider, binding: Binding, own: list[PoolProvider], documents: Documents
) -> Iterator[Trust | Unreadable]:
    why = uses_unknown(provider, binding.member)
    if why:
        yield _unknown(binding.span, f"the binding on {binding.target}", why)
        return
    trust = _trust(provider, binding, documents)
    trust.rivals = tuple(
        (each.name, each.host, each.span)
        for each in own
        if each.host != provider.host
        and not uses_unknown(each, binding.member)
        and _admits(each, binding, documents)
    )
    yield trust


def _admits(provider: PoolProvider, binding: Binding, documents: Documents) -> bool:
    return verdict_of(_trust(provider, binding, documents)).reach is not TrustReach.NOBODY


def _trust(provider: PoolProvider, binding: Binding | None, documents: Documents) -> Trust:
    member = binding.member if binding is not None else None

    def accepts(claims: Mapping[str, str]) -> bool:
        try:
            return provider.admits(claims) and (member is None or member.includes(provider, claims))
        except NotKnown:
            return False

    def place(_claims: Mapping[str, str]) -> Span:
        if provider.condition is not None and (binding is None or _condition_is_open(provider, documents)):
            return provider.condition.span
        return binding.member.scalar.span if binding is not None else provider.span

    host = provider.host
    tenant = host.partition(GOOGLE_IAM_ISSUER)[2].partition("/")[0] if GOOGLE_IAM_ISSUER in host else ""
    known = tuple(each.text for each in provider.audiences) or _default_audiences(provider)
    return Trust(
        cloud=Cloud.GOOGLE,
        kind=binding.kind if binding is not None else "provider",
        name=binding.target if binding is not None else provider.name,
        span=binding.span if binding is not None else provider.span,
        issuer=host,
        accepts=accepts,
        hints=tuple(_hints(provider, member)),
        defects=tuple(_defects(provider, member, documents)),
        place=place,
        member_span=member.scalar.span if member is not None else None,
        tenant=tenant,
        audiences=known,
        references=(f"{provider.pool}/{provider.name}",),
        extras=tuple(_ambiguous(provider, member)),
        stricter=Stricter(lambda claim, text_of: stricter_condition(provider, claim, text_of)),
    )


def _default_audiences(provider: PoolProvider) -> tuple[str, ...]:
    """Return what a provider without `allowed_audiences` accepts: its own name, with and without the scheme.

    cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers, 2026-11.
    """
    if provider.is_partial or not provider.pool or "$" in provider.pool + provider.name:
        return ()
    within = f"workloadIdentityPools/{provider.pool}/providers/{provider.name}"
    name = f"//iam.googleapis.com/projects/*/locations/global/{within}"
    return (f"https:{name}", name)


def _condition_is_open(provider: PoolProvider, documents: Documents) -> bool:
    """Return whether the condition alone lets any project in: then it is the half to mend."""
    alone = _trust(provider, None, documents)
    return verdict_of(alone).reach in {TrustReach.ISSUER, TrustReach.PERSON} or bool(alone.defects)


def _hints(provider: PoolProvider, member: Member | None) -> Iterator[Hint]:
    if provider.parsed_condition is not None:
        yield from hints_of(provider.parsed_condition, provider.expressions)
    if member is None or not member.attribute:
        return
    expression = provider.expressions.get(member.attribute)
    if expression is not None:
        yield from hints_of(expression, provider.expressions)
        yield from value_hints(expression, member.value)


def _ambiguous(provider: PoolProvider, member: Member | None) -> Iterator[dict[str, str]]:
    """Yield claims of other projects that give the member's value, where joined claims can be split differently."""
    if member is None or member.attribute not in provider.expressions:
        return
    yield from list(splits(provider.expressions[member.attribute], member.value))[1:]


def _defects(provider: PoolProvider, member: Member | None, documents: Documents) -> Iterator[Defect]:
    condition = provider.condition
    if condition is not None and provider.parsed_condition is not None:
        text = documents.text(condition.span.path) or ""
        for operation, literal, claim in fixed_comparisons(provider.parsed_condition, provider.expressions):
            written = condition.text[operation.start : operation.end]
            is_void = operation.operator == "!="
            yield Defect(
                condition.span,
                f"attribute_condition.{claim}.{operation.operator}",
                f"`{written}` compares a text with a {_type(literal)}, which is"
                f" {'always' if is_void else 'never'} true",
                blocks=not is_void,
                fix=quoted(text, condition, literal, _COST_OF_VOID if is_void else _COST_OF_DEAD),
            )
        for operation, literal, claim in text_comparisons(provider.parsed_condition, _is_written):
            yield Defect(
                condition.span,
                f"attribute_condition.{claim}",
                why_not_a_subject(str(literal.value))
                if claim == "sub"
                else _never(claim, str(literal.value)),
                blocks=operation.operator == "==",
            )
    if member is not None:
        yield from _member_defects(provider, member)


def _never(claim: str, text: str) -> str:
    return f"GitLab never writes `{text}` as {claim}"


def _is_written(claim: str, text: str) -> bool:
    return not text or is_possible(claim, text)


def _type(literal: CelLiteral) -> str:
    return "boolean" if isinstance(literal.value, bool) else "number"


def _member_defects(provider: PoolProvider, member: Member) -> Iterator[Defect]:
    span = member.scalar.span
    if not member.attribute:
        return
    expression = provider.expressions.get(member.attribute)
    if expression is None:
        if member.attribute not in provider.mapping and not provider.is_partial:
            yield Defect(
                span,
                "member",
                f"the provider `{provider.name}` does not map `{member.attribute}`",
                blocks=True,
            )
        return
    claim = claim_of(expression)
    if "*" in member.value:
        yield Defect(
            span, "member", "a member is compared as it is, and its `*` is a plain character", blocks=True
        )
    elif claim is not None and not is_possible(claim, member.value):
        why = why_not_a_subject(member.value) if claim == "sub" else _never(claim, member.value)
        yield Defect(span, "member", why, blocks=True)
