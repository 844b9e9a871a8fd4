"""Two versions of a role, compared by meaning: claims that the new one admits and the old one refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from bot.facts.gitlab_claims import BOUNDARIES
from bot.lazy import dataclass
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.lifetimes import Lifetime, lifetime
from bot.vault.claims.login import login
from bot.vault.claims.solver import satisfying
from bot.vault.claims.terms import RoleTerms, WriteRefusal
from bot.vault.claims.witness import STRANGERS_PROJECT, alternatives, token
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.vault.roles.jwt_role import JwtRole


_LIMITS = ("token_explicit_max_ttl", "token_max_ttl", "token_period", "token_ttl", "token_type")
LIFE = "its tokens may live longer"


@dataclass(frozen=True, slots=True)
class Loosened:
    """What the new version lets through.

    `part`: the route of what changed; `change`: what it does now, `beside`: the same of one of two versions that
    are valid side by side; `claims`: a token that shows it, or None. `boundary`: a stranger's project gets in.
    """

    part: tuple[str, ...]
    change: str
    beside: str
    claims: dict[str, Any] | None = None
    boundary: bool = False


def loosened(old: JwtRole, new: JwtRole) -> Iterator[Loosened]:
    """Each way in which `new` is looser than `old`; nothing where one of them cannot be judged."""
    before, after = terms_of(old), terms_of(new)
    if isinstance(before, WriteRefusal) or isinstance(after, WriteRefusal):
        return
    yield from _claims(before, after)
    if _lives_longer(before, after):
        part = _limit(old, new, before, after)
        yield Loosened((part,), LIFE, "gives tokens that may live longer")
    more = [name for name in after.token_policies if name not in {*before.token_policies, "default"}]
    if more and before.token_policies:
        field = "token_policies" if "token_policies" in new else "policies"
        listed = ", ".join(more)
        yield Loosened((field,), f"it adds the policy {listed}", f"gives the policy {listed} too")


def _claims(before: RoleTerms, after: RoleTerms) -> Iterator[Loosened]:
    """One token for each binding that lets more in: taken by the new role, refused by the old."""
    base = _base(before, after)
    if base is None:
        return
    for part, change, beside, fixed in _candidates(before, after):
        claims = {**base, **fixed}
        if _admits(after, claims) and not _admits(before, claims):
            yield Loosened(part, change, beside, claims, boundary=part[-1] in BOUNDARIES)


def _base(before: RoleTerms, after: RoleTerms) -> dict[str, Any] | None:
    """Claims that both versions take, or else those that the new one takes."""
    old, new = satisfying(before), satisfying(after)
    if new is None or old is None:
        return new
    both = {**new, **old}
    return both if _admits(before, both) and _admits(after, both) else new


def _admits(terms: RoleTerms, shown: dict[str, Any]) -> bool:
    return login(terms, token(shown), Server.OLD_VAULT).accepted


_FEW_VALUES = {
    "ref_type": ("branch", "tag"),
    **dict.fromkeys(("ref_protected", "environment_protected"), ("true", "false")),
}


def _another(claim: str, bound: Any) -> Any:
    """A value of the claim that is not the bound one: a stranger's, else one of the few that there are."""
    taken = bound if isinstance(bound, list) else [bound]
    values = (token({}).get(claim, "other"), *_FEW_VALUES.get(claim, ()))
    return next((value for value in values if value not in taken), "another")


_Candidate: TypeAlias = tuple[tuple[str, ...], str, str, dict[str, Any]]


def _candidates(before: RoleTerms, after: RoleTerms) -> Iterator[_Candidate]:
    for claim, bound in before.bound_claims.items():
        now = after.bound_claims.get(claim)
        if now is None:
            strange = {**STRANGERS_PROJECT} if claim in BOUNDARIES else {}
            kept = {name: value for name, value in strange.items() if name not in after.bound_claims}
            kept = kept or {claim: _another(claim, bound)}
            yield ("bound_claims", claim), f"it no longer binds `{claim}`", f"does not bind `{claim}`", kept
        elif now != bound or (before.bound_claims_type != after.bound_claims_type and "*" in str(now)):
            for value in alternatives(claim, now, globs=after.bound_claims_type == "glob"):
                more = f"more values of `{claim}`"
                yield ("bound_claims", claim), f"it accepts {more}", f"accepts {more}", {claim: value}
    if before.bound_subject and not after.bound_subject:
        stranger = {"sub": "project_path:someone-else/app"}
        yield ("bound_subject",), "it no longer binds the subject", "does not bind the subject", stranger
    for audience in after.bound_audiences:
        if before.bound_audiences and audience not in before.bound_audiences:
            too = f"the audience `{audience}` too"
            yield ("bound_audiences",), f"it accepts {too}", f"accepts {too}", {"aud": audience}
    if before.bound_audiences and not after.bound_audiences:
        yield (
            ("bound_audiences",),
            "it no longer binds the audience",
            "does not bind the audience",
            {"aud": "https://another-service.example.com"},
        )


def _lives_longer(before: RoleTerms, after: RoleTerms) -> bool:
    old, new = lifetime(before), lifetime(after)
    return old is not None and new is not None and _longer(old, new)


def _limit(old: JwtRole, new: JwtRole, before: RoleTerms, after: RoleTerms) -> str:
    """The first limit that is not the same, under the name that one of the two versions writes."""
    name = next((each for each in _LIMITS if getattr(before, each) != getattr(after, each)), "token_ttl")
    names = (name, name.removeprefix("token_"))
    return next((each for each in names if each in new or each in old), name)


def _longer(old: Lifetime, new: Lifetime) -> bool:
    if old.longest_seconds is None:
        return False
    return new.longest_seconds is None or new.longest_seconds > old.longest_seconds
