"""What the rules about trusts have in common: the hit for a reach, with the token that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.verdict import verdict_of
from bot.findings import Hit, Related, Witness

if TYPE_CHECKING:
    from bot.clouds.model import Trust
    from bot.findings import Severity

_VERBS = {"aws": "assumes the role", "google": "gets access", "azure": "signs in"}


def reach_hit(trust: Trust, message: str, attack: str, severity: Severity) -> Hit:
    """Return the hit for the trust's reach, at the part that accepts the token."""
    verdict = verdict_of(trust)
    voids = tuple(
        Related(each.span, f"this restricts nothing: {each.message}")
        for each in trust.defects
        if not each.blocks
    )
    return Hit(
        span=trust.place_of(verdict.claims),
        subject=trust.subject,
        construct=f"reach.{trust.issuer}",
        message=message,
        attack=attack,
        text=f"{verdict.reach} {verdict.claims.get('sub', '')}",
        witness=Witness("claims", verdict.shown(trust), attack),
        related=voids,
        severity=severity,
    )


def gets_in(trust: Trust) -> str:
    """Return what a job does that the trust accepts, e.g. "assumes the role"."""
    return _VERBS[trust.cloud.value]


def named(trust: Trust) -> str:
    """Return the trust in words, e.g. "the role deploy"."""
    return f"{trust.kind} `{trust.name}`"
