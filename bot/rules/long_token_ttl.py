"""A role's tokens can live far longer than the job.

What it finds
-------------
A role for GitLab jobs whose tokens have no hard cap (`token_explicit_max_ttl` or `token_max_ttl`), a cap
above one hour, or a period without an explicit maximum; a `clock_skew_leeway` of more than ten minutes, for
which expired ID tokens still log in.

Why it matters
--------------
A login token is renewable, and the `default` policy lets it renew itself: `ttl` alone is not a cap. Without
one the server's default holds, 32 days. A renewal never looks at the job's token again, so a stolen Vault
token outlives the job, the branch and the employee. A periodic token lives for ever.

Fix
---
Cap the token's life at what the longest job needs (`token_explicit_max_ttl`). A job that takes longer loses its
access.

```json
"token_ttl": "1h",
"token_explicit_max_ttl": "1h"
```
Secrets read through `secrets:` need a minute; credentials of a database or cloud engine end with the token,
so there the cap is the job's duration.

Limits
------
A mount can be tuned to a lower maximum, which a review does not see. Durations that come from variables are
not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.lifetimes import Lifetime, lifetime
from bot.vault.claims.role_jobs import is_for_gitlab
from bot.vault.claims.terms import WriteRefusal
from bot.vault.durations import spoken
from bot.vault.reach import reach_of
from bot.vault.roles.jwt_role import JwtRole, RoleForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository
    from bot.vault.claims.terms import RoleTerms

_HOUR = 3600
_DAY = 86400
# Leased credentials die with the token, so no job breaks with an hour (docs.gitlab.com
# id_token_authentication and
# developer.hashicorp.com/vault/docs/concepts/lease, 2026-11).
_CAP_SECONDS = _HOUR
# What the runner needs to read a few secrets; GitLab's own example says 60 seconds.
_READ_SECONDS = 300
_LONGEST_SKEW_SECONDS = 600
"""ten minutes: clocks of servers differ by seconds, and Vault allows a minute by itself"""
_FIELDS = ("token_period", "period", "token_explicit_max_ttl", "token_max_ttl", "max_ttl", "token_ttl", "ttl")


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at the field that decides the lifetime."""
    terms = terms_of(role)
    if not is_for_gitlab(role, repository) or not role.complete or isinstance(terms, WriteRefusal):
        return
    yield from _expired_tokens(role, terms)
    life = lifetime(terms, role.limits)
    limit = repository.tree.project.max_ttl_seconds
    severity = None if life is None else _severity(life, limit)
    if life is None or severity is None:
        return
    field = next((name for name in _FIELDS if role.value(name)), "")
    cap = min(_cap_seconds(role, repository), limit or _CAP_SECONDS)
    edits = role.amend(_wanted(role, life, cap))
    yield Hit(
        span=role.place(field),
        subject=role.subject,
        construct=field or "token_ttl",
        message=f"Tokens of the role `{role.name}` {_problem(life)}{_over(limit)}.",
        attack=("Anyone who gets one such token keeps it alive long after the job and its branch are gone."),
        text=f"{field}={role.value(field)}",
        fix=Fix(
            f"Cap the token's life at {spoken(cap)}",
            edits,
            cost="A job that takes longer loses its access: raise the limit to what your longest job needs.",
        )
        if edits
        else None,
        severity=severity,
    )


def _expired_tokens(role: JwtRole, terms: RoleTerms) -> Iterator[Hit]:
    """ID tokens that count as valid long after they have expired."""
    skew = terms.clock_skew_leeway
    if not isinstance(skew, int) or skew <= _LONGEST_SKEW_SECONDS:
        return
    edits = role.amend({("clock_skew_leeway",): 60})
    yield Hit(
        span=role.place("clock_skew_leeway"),
        subject=role.subject,
        construct="clock_skew_leeway",
        message=f"The role `{role.name}` accepts ID tokens until {spoken(skew)} after they have expired.",
        attack="Anyone who finds an ID token in an old log or artifact logs in with it.",
        remedy="Remove the leeway, or set it to a minute. Clocks that differ by more are then refused.",
        text=f"clock_skew_leeway={skew}",
        fix=Fix("Allow a minute", edits, cost="Clocks that differ by more are then refused.")
        if edits
        else None,
        severity=Severity.MEDIUM if skew >= _HOUR else Severity.LOW,
    )


def _severity(life: Lifetime, limit_seconds: int | None) -> Severity | None:
    """How bad it is; None for a life within an hour, or within the policy's own limit where there is one."""
    if life.longest_seconds is None or life.longest_seconds > _DAY:
        short = life.renewable and life.longest_seconds is not None and not life.capped
        return Severity.MEDIUM if short and life.first_seconds <= _HOUR else Severity.HIGH
    return Severity.MEDIUM if life.longest_seconds > (limit_seconds or _HOUR) else None


def _over(limit_seconds: int | None) -> str:
    return f"; the policy's limit is {spoken(limit_seconds)}" if limit_seconds is not None else ""


def _problem(life: Lifetime) -> str:
    if life.longest_seconds is None:
        return f"are periodic ({spoken(life.first_seconds)}) with no maximum: they can be renewed for ever"
    longest = spoken(life.longest_seconds)
    if life.capped:
        return f"can live for {longest}"
    if life.first_seconds == life.longest_seconds:
        return f"have no lifetime of their own: they live for the server's default, {longest}"
    return f"live {spoken(life.first_seconds)} and can be renewed up to the server's default, {longest}"


def _cap_seconds(role: JwtRole, repository: Repository) -> int:
    """Five minutes where all that the role reaches is known and nothing of it is leased, else an hour."""
    reach = reach_of(role, repository.vault)
    return _READ_SECONDS if reach.policies and reach.complete and not reach.leases else _CAP_SECONDS


def _wanted(role: JwtRole, life: Lifetime, cap_seconds: int) -> dict[tuple[str, ...], object]:
    seconds = role.form in {RoleForm.TERRAFORM, RoleForm.TERRAFORM_JSON}
    cap: object = cap_seconds if seconds else _duration(cap_seconds)
    wanted: dict[tuple[str, ...], object] = {("token_explicit_max_ttl",): cap}
    for ttl in ("token_ttl", "ttl"):
        if role.value(ttl) and life.first_seconds > cap_seconds:
            wanted[ttl,] = cap
    return wanted


def _duration(seconds: int) -> str:
    for size, unit in ((_HOUR, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


RULE = Rule("long-token-ttl", JwtRole, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
