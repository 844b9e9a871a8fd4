"""What the rules about trusts have in common: the hit for a reach, with the token that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.clouds.verdict import verdict_of
from bot.findings import Hit, Related, Witness
from bot.fixes import Fix

if TYPE_CHECKING:
    from bot.clouds.model import Trust
    from bot.findings import Severity
    from bot.snapshot import Tree

PROTECTED_COST = "Jobs on refs that are not protected no longer get credentials."
_SUBJECT_COST = (
    "The project has to put the component into its subject first (`ci_id_token_sub_claim_components`): until then no"
    " job gets credentials."
)
_VERBS = {"aws": "assumes the role", "google": "gets access", "azure": "signs in"}


class TrustWorld(Protocol):
    """The repository, as far as an edit needs it."""

    @property
    def tree(self) -> Tree:
        """Its files."""
        ...


def reach_hit(trust: Trust, message: str, attack: str, severity: Severity, fix: Fix | None = None) -> Hit:
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
        fix=fix,
    )


def stricter_fix(trust: Trust, claim: tuple[str, str], cost: str, repository: TrustWorld) -> Fix | None:
    """Return the fix after which the trust also checks the claim (name and value); `cost` where the cloud reads it."""
    stricter = trust.stricter
    edits = stricter.edits(claim, repository.tree.files.get) if stricter is not None else None
    if stricter is None or not edits:
        return None
    name = claim[0]
    is_read = stricter.reads is None or name in stricter.reads
    return Fix(f"Check `{name}`", edits, cost=cost if is_read else _SUBJECT_COST)


def gets_in(trust: Trust) -> str:
    """Return what a job does that the trust accepts, e.g. "assumes the role"."""
    return _VERBS[trust.cloud.value]


def named(trust: Trust) -> str:
    """Return the trust in words, e.g. "the role deploy"."""
    return f"{trust.kind} `{trust.name}`"
