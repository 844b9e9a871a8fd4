"""A bound value has a type that GitLab never sends.

What it finds
-------------
- In JSON and YAML: a boolean for `ref_protected`, a number for `project_id` and its like, a string for `runner_id`,
  "yes" or "1" where GitLab writes "true".
- A text that GitLab never writes into the claim: `ref_type: commit`, `refs/heads/main` in `ref`, a letter in a
  project's number, blanks around a path. Low where other values of the same claim match.
- Several values in one text, `"12,34"`, where only Terraform splits at commas; and a list as the value of a bound claim
  in Terraform, which wants one text.

Why it matters
--------------
Vault compares type and value. GitLab sends "true" and "42" as strings, so `true` and `42` never match:
every login is refused. In YAML an unquoted `ref_protected: true` is the usual cause.

Fix
---
Write the value as GitLab sends it: as a string (`"true"`, `"42"`), and several values as a list.

```json
"ref_protected": "true",
"project_id": ["12", "34"]
```

Limits
------
Terraform and Crossplane turn every value into a string: there `true` is right, and not reported. Claims in which GitLab
may write anything are not judged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import bound, for_gitlab, is_glob
from bot.vault.claims.meanings import meant
from bot.vault.claims.solver import Blocker, Obstacle, bound_blockers, is_possible, void_values
from bot.vault.reading import known
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_COST = "Jobs that the role denies today can then log in."


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at each value that no token has, or that is several values in one text."""
    if not for_gitlab(role):
        return
    claims = role.value("bound_claims") or {}
    subject = role.value("bound_subject")
    for blocker in bound_blockers(
        claims, globs=is_glob(role), subject=subject if isinstance(subject, str) else ""
    ):
        if blocker.obstacle in {Obstacle.TYPE, Obstacle.VALUE}:
            yield _dead(role, blocker.route, blocker.reason)
    for blocker, void in void_values(claims, globs=is_glob(role)):
        if blocker.obstacle in {Obstacle.TYPE, Obstacle.VALUE}:
            yield _void(role, blocker, void)
    for claim in claims:
        if ("bound_claims", claim) in role.lists_for_terraform:
            yield _list_in_terraform(role, claim)
        elif any(_is_several(claim, value, globs=is_glob(role)) for value in bound(role, claim)):
            yield _several(role, claim)


def _is_several(claim: str, value: object, *, globs: bool) -> bool:
    """Whether a text that GitLab could write is rather a list of texts, joined by commas."""
    if not isinstance(value, str) or not known(value) or "," not in value or "{" in value:
        return False  # of a text with braces `vault-role-dead-wildcard` says that they mean nothing
    parts = [part.strip() for part in value.split(",")]
    return is_possible(claim, value, globs=globs) and all(
        is_possible(claim, part, globs=globs) for part in parts
    )


def _dead(role: JwtRole, route: tuple[str, ...], reason: str) -> Hit:
    claim = route[-1]
    value = (role.value("bound_claims") or {}).get(claim) if len(route) > 1 else role.value(claim)
    values = value if isinstance(value, list) else [value]
    wanted = [meant(claim, each, globs=is_glob(role)) for each in values] if len(route) > 1 else []
    shown = json.dumps(values[0] if len(values) == 1 else values, default=str)
    return Hit(
        span=role.place(*route),
        subject=role.subject,
        construct=".".join(route),
        message=f"The role `{role.name}` binds `{claim}` to `{shown}`, but {reason}: no token logs in.",
        attack="Every login is refused; the risk is that somebody deletes the claim to make it work.",
        text=json.dumps({claim: values}, default=str),
        fix=_fix(role, claim, wanted, is_list=isinstance(value, list)),
    )


def _void(role: JwtRole, blocker: Blocker, void: list[object]) -> Hit:
    """Some values of a list match nothing, the others do."""
    claim = blocker.route[-1]
    wanted = [
        each if each not in void else meant(claim, each, globs=is_glob(role)) for each in bound(role, claim)
    ]
    return Hit(
        span=role.place(*blocker.route),
        subject=role.subject,
        construct=".".join(blocker.route),
        message=(
            f"The role `{role.name}` binds `{claim}` to {_listed(void)} among other values, which never matches: "
            f"{blocker.reason}."
        ),
        attack="The logins that these values are for are refused; the others work.",
        text=json.dumps({claim: bound(role, claim)}, default=str),
        fix=_fix(role, claim, wanted, is_list=True),
        severity=Severity.LOW,
    )


def _listed(values: list[object]) -> str:
    return ", ".join(f"`{json.dumps(value, default=str)}`" for value in values)


def _fix(role: JwtRole, claim: str, wanted: list[object], *, is_list: bool) -> Fix | None:
    if not wanted or None in wanted:
        return None
    flat = [each for value in wanted for each in (value if isinstance(value, list) else [value])]
    value: object = flat if is_list or len(flat) > 1 else flat[0]
    if isinstance(value, list) and role.claims_are_texts:
        return None
    edits = role.amend({("bound_claims", claim): value})
    return Fix(f"Write {json.dumps(value)}", edits, cost=_COST) if edits else None


def _several(role: JwtRole, claim: str) -> Hit:
    values = bound(role, claim)
    text = next(value for value in values if isinstance(value, str) and "," in value)
    parts = [part.strip() for part in text.split(",")]
    return Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=(
            f"The role `{role.name}` compares `{claim}` with the one text `{text}`: here nothing splits it at the "
            f"comma, so `{parts[0]}` is refused."
        ),
        attack="Logins that should work are refused; the risk is that somebody deletes the claim to make them work.",
        text=json.dumps({claim: values}, default=str),
        fix=_fix(role, claim, [parts], is_list=True) if len(values) == 1 else None,
    )


def _list_in_terraform(role: JwtRole, claim: str) -> Hit:
    values = bound(role, claim)
    joined = ",".join(map(str, values))
    edits = role.amend({("bound_claims", claim): joined}) if known(list(values)) else None
    return Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=(
            f"The role `{role.name}` binds `{claim}` to a list, but in Terraform a bound claim is one text, "
            f'in which commas separate the values ("{joined}"): Terraform refuses the plan.'
        ),
        attack="Nothing is applied: an older, looser role can stay in place.",
        text=json.dumps({claim: values}, default=str),
        fix=Fix(f'Write "{joined}"', edits, cost=_COST) if edits else None,
    )


RULE = Rule(
    "vault-role-typed-value", JwtRole, check, Severity.MEDIUM, others=(Severity.LOW,), effect=Effect.BREAKS
)
