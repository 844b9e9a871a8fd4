"""A change makes a role accept more tokens.

What it finds
-------------
In a change: a role that admits claims which its old version refused, because a bound claim is gone, takes
more values or became a glob, because an audience was added, or whose tokens live longer or carry more
policies. The versions are compared by meaning, so a role that moves to another file or format is compared
too.

Why it matters
--------------
Most accidents are edits of roles that were right. A line that is gone is easily overlooked in review.

| claim | before | now |
|---|---|---|
| `ref_protected` = `false` | refused | logs in |

Fix
---
Put the constraint back, or say in the merge request why the role can do without it.

```json
"ref_protected": "true"
```

Limits
------
Roles are matched by mount and name. New formatting, order or spelling of the same meaning is not reported.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Related, Severity, Witness
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import for_gitlab
from bot.vault.claims.loosened import LIFE, Loosened, loosened
from bot.vault.reading import known
from bot.vault.roles.jwt_role import MERGING_FORMS, JwtRole
from bot.vault.roles.removed import place_of, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit for each way in which the role is looser than before."""
    old = _before(role, repository)
    if old is None or not for_gitlab(role) or not for_gitlab(old):
        return
    seen = set()
    for change in loosened(old, role):
        if change.part not in seen and not _keeps(role, change.part[0]):
            seen.add(change.part)
            yield _hit(role, old, change)


def _keeps(role: JwtRole, field: str) -> bool:
    """Whether a write leaves the field as it is on the server: vault-role-partial-write reports its removal."""
    return role.form in MERGING_FORMS and field not in role and f"token_{field}" not in role


def _before(role: JwtRole, repository: Repository) -> JwtRole | None:
    if repository.base is None or not known(role.name):
        return None
    same = (old for old in repository.base.vault.roles if (old.mount, old.name) == (role.mount, role.name))
    return next(same, None)


def _hit(role: JwtRole, old: JwtRole, change: Loosened) -> Hit:
    story = "A token with these claims logs in now; the old role refused it."
    edits = put_back(role, old, change.part)
    return Hit(
        span=place_of(role, old, change.part),
        subject=role.subject,
        # One name for the life, whichever limit is changed: a fix of another limit makes no new finding of it.
        construct="token_ttl" if change.change == LIFE else ".".join(change.part),
        message=f"The change loosens the role `{role.name}`: {change.change}.",
        attack=story
        if change.claims
        else "Anyone who gets a token of this role can do more with it than before.",
        text=json.dumps([change.part, change.change]),
        fix=Fix("Put it back", edits, cost="Jobs that only the change accepts are denied again.")
        if edits
        else None,
        witness=Witness("claims", change.claims, story) if change.claims else None,
        related=(Related(old.place(*change.part), "how it was before"),),
        severity=Severity.CRITICAL
        if change.boundary
        else Severity.HIGH
        if change.claims
        else Severity.MEDIUM,
        effect=None if change.claims else Effect.WEAKENS,
    )


RULE = Rule("vault-role-loosened", JwtRole, check, Severity.HIGH, others=(Severity.CRITICAL, Severity.MEDIUM))
