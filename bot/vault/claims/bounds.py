"""What a role binds, as the rules ask for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.facts.gitlab_claims import BOUNDARIES
from bot.lazy import regex
from bot.vault.claims.terms import RoleTerms, WriteRefusal, written
from bot.vault.reading import Unresolved
from bot.vault.roles.jwt_role import Issuer, JwtRole

# Not of "non-prod" and "pre-production".
_PRODUCTION = regex(
    r"(?<![a-z])(?<!non[^a-z])(?<!not[^a-z])(?<!pre[^a-z])(?:prod|production|prd|live)(?![a-z])",
    re.IGNORECASE,
)
_OTHER_STAGES = regex(
    r"(?:^|[^a-z])(?:dev|develop|development|test|testing|stage|staging|stg|qa|uat|sandbox|preview)(?:$|[^a-z])",
    re.IGNORECASE,
)


def for_gitlab(role: JwtRole) -> bool:
    """Whether the role lets GitLab jobs in, and enough of it is known to judge it."""
    return role.issuer is Issuer.GITLAB and is_known_jwt(role)


def is_known_jwt(role: JwtRole) -> bool:
    """Whether the role takes tokens of jobs rather than people at a browser, and enough of it is known to judge it."""
    return role.value("role_type") != "oidc" and claims_known(role)


def claims_known(role: JwtRole) -> bool:
    """Whether every bound claim's name is known."""
    field = role.fields.get("bound_claims")
    if field is None:
        return role.complete
    if not field.complete:
        return False
    claims = field.value
    return isinstance(claims, Mapping) and not any(isinstance(name, Unresolved) for name in claims)


def terms_of(role: JwtRole, *, as_jwt: bool = True) -> RoleTerms | WriteRefusal:
    """What Vault stores of the role.

    `as_jwt`: as if a forgotten `role_type` said jwt, which is what was meant.
    """
    key = "terms meant" if as_jwt else "terms written"
    if key not in role.kept:
        role.kept[key] = _terms_of(role, as_jwt=as_jwt)
    kept: RoleTerms | WriteRefusal = role.kept[key]
    return kept


def _terms_of(role: JwtRole, *, as_jwt: bool) -> RoleTerms | WriteRefusal:
    fields = {name: field.value for name, field in role.fields.items()}
    if as_jwt:
        fields.setdefault("role_type", "jwt")
        fields.setdefault("user_claim", "sub")
    stored = written(fields)
    if isinstance(stored, WriteRefusal) and as_jwt and stored.reason.startswith("must have at least one"):
        return replace(RoleTerms(), role_type="jwt", user_claim=str(fields["user_claim"]))
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
    """Whether only this value of the claim is accepted."""
    values = bound(role, claim)
    return bool(values) and all(each == value for each in values)


def is_glob(role: JwtRole) -> bool:
    """Whether `*` in bound claims is a wildcard."""
    return bool(role.value("bound_claims_type") == "glob")


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
        if isinstance(terms, WriteRefusal)
        else tuple(name for name in terms.token_policies if name != "default")
    )


def is_production(name: str) -> bool:
    """Whether the name of a policy or role says production."""
    return _PRODUCTION.search(name) is not None


def is_other_stage(name: str) -> bool:
    """Whether the name says development, test or staging."""
    return _OTHER_STAGES.search(name) is not None


def serves_production(role: JwtRole) -> bool:
    """Whether the role's name or one of its policies says production."""
    return any(is_production(name) for name in (role.name, *policies(role)))


def is_group_wide(role: JwtRole, claim: str) -> bool:
    """Whether the bound claim takes every project of a group: a namespace, or a path that ends in `/*`."""
    if claim in _NAMESPACES:
        return True
    values = [value for value in bound(role, claim) if isinstance(value, str)]
    if not is_glob(role) or not values:
        return False
    if claim == "sub":
        return any(_GROUP_SUBJECT.match(value) for value in values)
    return claim.endswith("project_path") and any(value.endswith("/*") for value in values)


BOUNDARY_CLAIMS = BOUNDARIES
"""Every claim that can say whose project it is."""
_NAMESPACES = frozenset(claim for claim in BOUNDARIES if "namespace" in claim)
_GROUP_SUBJECT = regex(r"project_path:[^:*]*/\*")
