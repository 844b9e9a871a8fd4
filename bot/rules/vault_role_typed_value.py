"""A bound value has a type that the claim never has.

What it finds
-------------
In JSON and YAML: a boolean for `ref_protected`, a number for `project_id` and its like, a string for
`runner_id`, "yes" or "1" where GitLab says "true", a path with blanks around it, anything but strings in a
glob.

Why it matters
--------------
Vault compares type and value. GitLab sends "true" and "42" as strings, so `true` and `42` never match:
every login is refused. In YAML an unquoted `ref_protected: true` is the usual cause.

Fix
---
```json
"ref_protected": "true",
"project_id": "42"
```

Limits
------
Terraform and Crossplane turn every value into a string: there `true` is right, and not reported.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import BOOLEAN_TEXT, CLAIMS, NUMERIC_TEXT, Type
from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import bound, for_gitlab
from bot.vault.reading import known
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_MEANT = {"yes": "true", "1": "true", "on": "true", "True": "true", "TRUE": "true",
          "no": "false", "0": "false", "off": "false", "False": "false", "FALSE": "false"}  # fmt: skip


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at each claim none of whose values can match."""
    if not for_gitlab(role):
        return
    for claim in role.value("bound_claims") or {}:
        values = bound(role, claim)
        meant = [_meant(claim, value) for value in values]
        if values and all(value is not None for value in meant):
            yield _hit(role, claim, values, meant)


def _meant(claim: str, value: object) -> object:
    """What was meant where the value never matches the claim, else None."""
    if not known(value) or claim not in CLAIMS:
        return None
    if claim in BOOLEAN_TEXT:
        return _boolean(value)
    if CLAIMS[claim].type is Type.NUMBER:
        return int(value) if isinstance(value, str) and value.isdigit() else None
    if isinstance(value, int) and (claim in NUMERIC_TEXT or CLAIMS[claim].type is Type.STRING):
        return json.dumps(value)
    return value.strip() if isinstance(value, str) and value != value.strip() else None


def _boolean(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _MEANT.get(str(value)) if value not in {"true", "false"} else None


def _hit(role: JwtRole, claim: str, values: tuple[object, ...], meant: list[object]) -> Hit:
    wanted = meant if isinstance((role.value("bound_claims") or {}).get(claim), list) else meant[0]
    edits = role.amend({("bound_claims", claim): wanted}) if role.amend else None
    shown, right = (json.dumps(value, default=str) for value in (values[0], meant[0]))
    return Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=f"The role {role.name} binds {claim} to {shown}, GitLab sends {right}: no login ever passes.",
        attack="Nobody gets in; the danger is that the claim is deleted to make it work.",
        text=json.dumps({claim: values}, default=str),
        fix=Fix(f"Write {right}", edits, cost="Jobs that the role denies today can then log in.")
        if edits
        else None,
    )


RULE = Rule("vault-role-typed-value", JwtRole, check, Severity.MEDIUM, effect=Effect.BREAKS)
