"""Whose tokens a role is for: a rule about GitLab's claims says nothing of a role for GitHub or Nomad."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bot.facts.gitlab_claims import TELLTALE
from bot.lazy import regex
from bot.vault.roles.jwt_role import MERGING_FORMS, Issuer

if TYPE_CHECKING:
    from bot.vault.roles.jwt_role import JwtMount, JwtRole

# Claim names that only one issuer uses (the issuers' own pages, 2026-11).
_CLAIMS = {
    Issuer.GITHUB: frozenset(
        {
            "repository",
            "repository_owner",
            "repository_id",
            "repository_owner_id",
            "job_workflow_ref",
            "actor",
            "workflow",
            "event_name",
            "base_ref",
            "head_ref",
        }
    ),
    Issuer.NOMAD: frozenset({"nomad_job_id", "nomad_namespace"}),
    Issuer.KUBERNETES: frozenset({"kubernetes.io"}),
    Issuer.TERRAFORM_CLOUD: frozenset({"terraform_organization_name", "terraform_workspace_name"}),
}
_SUBJECTS = (
    (regex(r"(?:project_path|project_id):"), Issuer.GITLAB),
    (regex(r"repo:"), Issuer.GITHUB),
    (regex(r"system:serviceaccount:"), Issuer.KUBERNETES),
    (regex(r"spiffe://"), Issuer.SPIFFE),
    (regex(r"organization:[^:]+:(?:project|workspace):"), Issuer.TERRAFORM_CLOUD),
)
_HOSTS = (
    (regex(r"token\.actions\.githubusercontent\.com|/_services/token"), Issuer.GITHUB),
    (regex(r"gitlab|/-/jwks|/oauth/discovery/keys", re.IGNORECASE), Issuer.GITLAB),
    (regex(r"nomad", re.IGNORECASE), Issuer.NOMAD),
    (regex(r"kubernetes|openid/v1/jwks|\.eks\.|container\.googleapis"), Issuer.KUBERNETES),
    (regex(r"app\.terraform\.io"), Issuer.TERRAFORM_CLOUD),
    (regex(r"spire|spiffe", re.IGNORECASE), Issuer.SPIFFE),
    (
        regex(r"accounts\.google\.com|login\.microsoftonline|okta\.com|auth0\.com|keycloak|/realms/"),
        Issuer.HUMAN,
    ),
)
# Claims of people's tokens that GitLab's job tokens do not have (OpenID Connect Core 1.0, section 5.1).
_HUMAN = frozenset(
    {"email", "preferred_username", "groups", "upn", "oid", "name", "given_name", "roles", "hd"}
)


def issuer_of(role: JwtRole, mount: JwtMount | None, gitlab_host: str = "") -> Issuer:
    """Whose tokens the role is for; `mount` is the configuration of its mount where the repository has it.

    What is bound decides before what is only copied: metadata of a GitLab role may have GitHub's names.
    """
    if role.value("allowed_redirect_uris") or ("oidc_scopes" in role and role.value("role_type") != "jwt"):
        return Issuer.HUMAN
    bound = set(_names_in(role, "bound_claims"))
    copied = {*_names_in(role, "claim_mappings"), *_user_claim(role)}
    by_subject = next(
        (issuer for text in _subjects(role) for form, issuer in _SUBJECTS if form.match(text)), None
    )
    return (
        _by_names(bound)
        or by_subject
        or _by_names(copied)
        or _by_mount(role, mount, gitlab_host)
        or (Issuer.HUMAN if (bound | copied) & _HUMAN else Issuer.UNKNOWN)
    )


def keep_issuers(roles: Iterable[JwtRole], before: Iterable[JwtRole]) -> None:
    """Give the roles that do not say whose tokens they are for the issuer of the same role `before`.

    A write that leaves the bound claims out keeps them: what it is without them, no server has.
    """
    silent = [
        role
        for role in roles
        if role.issuer is Issuer.UNKNOWN and ("bound_claims" in role or role.form not in MERGING_FORMS)
    ]
    if silent:
        known = {(role.mount, role.name): role.issuer for role in before}
        for role in silent:
            role.issuer = known.get((role.mount, role.name), role.issuer)


def _by_names(names: set[str]) -> Issuer | None:
    for issuer, claims in _CLAIMS.items():
        if names & claims or any(name.startswith(_PREFIXES.get(issuer, "\0")) for name in names):
            return issuer
    return Issuer.GITLAB if names & TELLTALE else None


_PREFIXES = {
    Issuer.KUBERNETES: "/kubernetes.io",
    Issuer.NOMAD: "nomad_",
    Issuer.TERRAFORM_CLOUD: "terraform_",
}


def issuer_of_mount(mount: JwtMount, gitlab_host: str = "") -> Issuer:
    """Whose tokens the mount trusts, by its URLs."""
    for name in ("bound_issuer", "oidc_discovery_url", "jwks_url"):
        url = mount.value(name)
        if isinstance(url, str) and url:
            if gitlab_host and gitlab_host in url:
                return Issuer.GITLAB
            found = next((issuer for host, issuer in _HOSTS if host.search(url)), None)
            if found:
                return found
    return Issuer.HUMAN if mount.value("oidc_client_id") else Issuer.UNKNOWN


def _by_mount(role: JwtRole, mount: JwtMount | None, gitlab_host: str) -> Issuer | None:
    if mount is not None:
        found = issuer_of_mount(mount, gitlab_host)
        if found is not Issuer.UNKNOWN:
            return found
    for issuer in (Issuer.GITLAB, Issuer.GITHUB, Issuer.NOMAD, Issuer.KUBERNETES):
        if issuer.value in role.mount.lower():
            return issuer
    return None


def _names_in(role: JwtRole, field: str) -> Iterator[str]:
    value = role.value(field)
    if isinstance(value, Mapping):
        yield from value


def _user_claim(role: JwtRole) -> Iterator[str]:
    user_claim = role.value("user_claim")
    if isinstance(user_claim, str):
        yield user_claim.removeprefix("/")


def _subjects(role: JwtRole) -> Iterator[str]:
    """The texts that a subject is compared with."""
    claims = role.value("bound_claims")
    bound: list[Any] = [role.value("bound_subject")]
    if isinstance(claims, Mapping):
        found = claims.get("sub")
        bound += found if isinstance(found, list) else [found]
    yield from (text for text in bound if isinstance(text, str))
