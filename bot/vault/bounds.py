"""What a role binds, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.facts.gitlab_claims import BOUNDARIES
from bot.vault.model import Issuer, JwtRole, Unresolved
from bot.vault.terms import Refusal, Terms, written

if TYPE_CHECKING:
    from bot.repository import Repository


def for_gitlab(role: JwtRole) -> bool:
    """Whether the role lets GitLab jobs in, and enough of it is known to judge it."""
    return role.issuer is Issuer.GITLAB and role.value("role_type") != "oidc" and claims_known(role)


def claims_known(role: JwtRole) -> bool:
    """Whether every bound claim's name is known (its values may not be)."""
    field = role.fields.get("bound_claims")
    if not role.complete or (field is not None and not field.complete):
        return False
    if field is None:
        return True
    claims = field.value
    return isinstance(claims, Mapping) and not any(isinstance(name, Unresolved) for name in claims)


def terms_of(role: JwtRole, *, as_jwt: bool = True) -> Terms | Refusal:
    """What Vault stores of the role. `as_jwt`: as if a forgotten `role_type` said jwt, which is what was meant."""
    fields = {name: field.value for name, field in role.fields.items()}
    if as_jwt:
        fields.setdefault("role_type", "jwt")
        fields.setdefault("user_claim", "sub")
    stored = written(fields)
    if isinstance(stored, Refusal) and as_jwt and stored.reason.startswith("must have at least one"):
        return replace(Terms(), role_type="jwt", user_claim=str(fields["user_claim"]))
    return stored


def bound(role: JwtRole, claim: str) -> tuple[Any, ...]:
    """The values that the role takes for the claim, typed; empty where it binds none."""
    claims = role.value("bound_claims")
    if not isinstance(claims, Mapping) or claims.get(claim) is None:
        return ()
    value = claims[claim]
    return tuple(value) if isinstance(value, list) else (value,)


def binds(role: JwtRole, *claims: str) -> bool:
    """Whether the role binds one of the claims."""
    return any(bound(role, claim) for claim in claims)


def requires(role: JwtRole, claim: str, value: str) -> bool:
    """Whether only this value of the claim is let in."""
    return set(bound(role, claim)) == {value}


def is_glob(role: JwtRole) -> bool:
    """Whether `*` in bound claims is a wildcard."""
    return role.value("bound_claims_type") == "glob"


def has_wildcard(role: JwtRole, claim: str) -> bool:
    """Whether a value of the claim is a glob with a `*`."""
    return is_glob(role) and any(isinstance(value, str) and "*" in value for value in bound(role, claim))


def boundaries(role: JwtRole) -> tuple[str, ...]:
    """The bound claims that say whose project it is; a lone `*` says nothing. Includes "bound_subject"."""
    found = [
        claim
        for claim in sorted(BOUNDARIES)
        if bound(role, claim) and not (is_glob(role) and "*" in bound(role, claim))
    ]
    return (*found, "bound_subject") if role.value("bound_subject") else tuple(found)


def policies(role: JwtRole) -> tuple[str, ...]:
    """The names of the policies that its tokens get, without `default`."""
    terms = terms_of(role)
    return (
        ()
        if isinstance(terms, Refusal)
        else tuple(name for name in terms.token_policies if name != "default")
    )


def wanted_audience(repository: Repository) -> str | None:
    """The one audience that the jobs of the repository ask for, or None where there is none or more than one."""
    wanted = {
        audience
        for job in repository.jobs
        for token in job.id_tokens.values()
        for audience in token.audiences
        if "$" not in audience
    }
    return wanted.pop() if len(wanted) == 1 else None
