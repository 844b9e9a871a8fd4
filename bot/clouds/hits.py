"""What the rules about trusts have in common: the hit for a reach, with the token that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.verdict import verdict_of
from bot.findings import Hit, Related, Witness

if TYPE_CHECKING:
    from bot.clouds.model import Trust
    from bot.clouds.verdict import Verdict
    from bot.findings import Severity
    from bot.fixes import Fix

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
        fix=chained(trust, verdict),
        witness=Witness("claims", verdict.shown(trust), attack),
        related=voids,
        severity=severity,
    )


def chained(trust: Trust, verdict: Verdict) -> Fix | None:
    """Return the candidate fixes for the reach as one chain."""
    candidates = list(trust.amend(verdict.reach.value)) if trust.amend is not None else []
    made: Fix | None = None
    for candidate in reversed(candidates):
        made = candidate if made is None else _otherwise(candidate, made)
    return made


def _otherwise(fix: Fix, other: Fix) -> Fix:
    from dataclasses import replace  # noqa: PLC0415 - one use

    return replace(fix, otherwise=other)


def gets_in(trust: Trust) -> str:
    """Return what a job does that the trust accepts, e.g. "assumes the role"."""
    return _VERBS[trust.cloud.value]


def named(trust: Trust) -> str:
    """Return the trust in words, e.g. "the role deploy"."""
    return f"{trust.kind} `{trust.name}`"


def written_subject(verdict: Verdict) -> str:
    """Return the token's project and ref in words."""
    claims = verdict.claims
    return f"`{claims['project_path']}`, {claims['ref_type']} `{claims['ref']}`"
