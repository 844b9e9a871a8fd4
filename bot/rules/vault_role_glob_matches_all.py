"""A bound claim is `*`, which matches every token.

What it finds
-------------
A role with `bound_claims_type` glob and a value that is nothing but `*`, also one among others.

Why it matters
--------------
`"project_id": "*"` looks like a constraint and is none: every project of the instance passes. `"ref": "*"`
is every branch and tag.

| claim | value |
|---|---|
| `project_id` | `31337` |
| `project_path` | `someone-else/app` |

Fix
---
Write the exact value. Where everything is meant, remove the claim, so that a reader sees that nothing is bound.

```json
"bound_claims": { "project_id": "42" }
```

Limits
------
`"environment": "*"` together with `environment_protected`, and `"ref": "*"` together with `ref_protected`,
ask only that the claim is there: that is not reported.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import CLAIMS, Names
from bot.findings import Hit, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import BOUNDARY_CLAIMS, bound, boundaries, is_glob, requires
from bot.vault.claims.witness import STRANGERS_PROJECT, open_to_gitlab, witness
from bot.vault.reach import reaches_own_project_only
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_SIBLING = {Names.REF: "ref_protected", Names.ENVIRONMENT: "environment_protected"}


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at each claim that takes everything."""
    if not open_to_gitlab(role) or not is_glob(role):
        return
    for claim in role.value("bound_claims") or {}:
        values = bound(role, claim)
        if "*" in values and not _is_presence_check(role, claim):
            yield _hit(role, claim, values, is_own=reaches_own_project_only(role, repository.vault))


def _is_presence_check(role: JwtRole, claim: str) -> bool:
    names = CLAIMS[claim].names if claim in CLAIMS else Names.OTHER
    return names in _SIBLING and requires(role, _SIBLING[names], "true")


def _hit(role: JwtRole, claim: str, values: tuple[object, ...], *, is_own: bool) -> Hit:
    open_to_all = claim in BOUNDARY_CLAIMS and not boundaries(role)
    story = (
        "Anybody with an account on the GitLab instance makes a project of their own and logs in from it."
        if open_to_all
        else f"A job with any `{claim}` at all logs in."
    )
    severity = (
        Severity.CRITICAL if open_to_all else Severity.LOW if claim in BOUNDARY_CLAIMS else Severity.HIGH
    )
    return Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=f"The role `{role.name}` binds `{claim}` to `*`, which every token matches.",
        attack=story,
        text=json.dumps({claim: values}, default=str),
        witness=witness(role, story, **STRANGERS_PROJECT if open_to_all else {}),
        severity=Severity.LOW if is_own and claim in BOUNDARY_CLAIMS else severity,
    )


RULE = Rule(
    "vault-role-glob-matches-all", JwtRole, check, Severity.CRITICAL, others=(Severity.HIGH, Severity.LOW)
)
