"""How far a trust reaches, with a token that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.candidates import Candidates
from bot.clouds.reaches import TrustReach
from bot.clouds.wildcards import has_wildcard
from bot.facts.cloud_trust import GITLAB_COM
from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.clouds.model import Trust


@dataclass(frozen=True, slots=True)
class TrustVerdict:
    """The worst reach that a token proves, and that token's claims (empty for `TrustReach.NOBODY`)."""

    reach: TrustReach
    claims: dict[str, str]

    def shown(self, trust: Trust) -> dict[str, str]:
        """Return the claims that matter: those that the trust compares, and those that say whose job it is."""
        kept = ("sub", "aud", "project_path", "project_id", "ref", "ref_type", "ref_protected")
        return {name: value for name, value in self.claims.items() if name in kept or trust.reads(name)}


def verdict_of(trust: Trust) -> TrustVerdict:
    """Return the trust's reach; worked out once."""
    if "verdict" not in trust.kept:
        trust.kept["verdict"] = _verdict(trust)
    kept = trust.kept["verdict"]
    assert isinstance(kept, TrustVerdict)  # noqa: S101 - for the type checker
    return kept


def whole_verdict(trust: Trust) -> TrustVerdict:
    """Return the reach, `TrustReach.NOBODY` where half of the trust is elsewhere: its reach is not known then."""
    return TrustVerdict(TrustReach.NOBODY, {}) if trust.half else verdict_of(trust)


def _verdict(trust: Trust) -> TrustVerdict:
    audiences = tuple(each for each in trust.audiences if not has_wildcard(each))[:1]
    found = Candidates(trust.hints, trust.tenant, trust.issuer, audiences, trust.extras)
    for candidate in found:
        if trust.accepts(candidate.claims):
            return TrustVerdict(candidate.reach, candidate.claims)
    return TrustVerdict(TrustReach.NOBODY, {})


def is_public(trust: Trust) -> bool:
    """Return whether everybody on the Internet can create a project at the issuer."""
    return trust.issuer.rstrip("/").lower() == GITLAB_COM
