"""How long a token of a role can live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lazy import dataclass
from bot.vault.roles.jwt_role import UNTUNED

if TYPE_CHECKING:
    from bot.vault.claims.terms import RoleTerms
    from bot.vault.roles.jwt_role import MountLimits

SYSTEM_MAX_SECONDS = 768 * 3600
"""`max_lease_ttl` of a server that nobody tuned, 32 days (Vault's configuration page, 2026-11)."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """What a token gets.

    `first_seconds`: until the first renewal; `longest_seconds`: with renewals, None for ever.

    `capped`: the role itself or its mount says the longest, not the server's default.
    """

    first_seconds: int
    longest_seconds: int | None
    capped: bool
    renewable: bool


def lifetime(terms: RoleTerms, mount: MountLimits = UNTUNED) -> Lifetime | None:
    """The life of a token, or None where a duration is not known.

    The smallest of the limits holds, the mount's among them; a period has none but the explicit one. Source:
    Vault's tokens concept page and sdk/framework/lease.go, checked 2026-11 and tried on Vault 1.21.4.
    """
    known = [terms.token_ttl, terms.token_max_ttl, terms.token_explicit_max_ttl, terms.token_period]
    if not all(type(value) is int for value in known):
        return None
    ttl, cap, explicit, period = (int(value) for value in known)
    limits = [limit for limit in (cap, explicit, mount.max_seconds) if limit]
    if terms.token_type == "batch":  # noqa: S105 - a kind of token, not one
        longest = min([ttl or SYSTEM_MAX_SECONDS, *limits])
        return Lifetime(longest, longest, capped=bool(ttl or limits), renewable=False)
    if period:
        return Lifetime(period, explicit or None, capped=bool(explicit), renewable=True)
    longest = min([*limits, SYSTEM_MAX_SECONDS])
    first = ttl or mount.default_seconds or longest
    return Lifetime(min(first, longest), longest, capped=bool(limits), renewable=True)
