"""A write to a role keeps an old value, or is refused.

What it finds
-------------
`bound_claims='{...}'` or `claim_mappings='{...}'` as a `key=value` word of `vault write`; audiences or policies as
JSON in such a word (`bound_audiences='["..."]'`); and, in a change, a field that is removed from a payload which
`vault write` merges into the stored role.

Why it matters
--------------
The command line cannot carry a map: Vault refuses the write. A list is split at its commas, brackets and quotes
included: the jobs that are meant are refused. And a write is a merge: what is no longer in the file stays on the
server, so the repository says less than what holds.

Fix
---
Send the whole role as JSON, and write explicitly what is to be empty (`bound_subject=""`).

```sh
vault write auth/jwt/role/app - <<'EOF'
{ "role_type": "jwt", "bound_subject": "", "bound_claims": { "project_id": "42" } }
EOF
```

Limits
------
Terraform and operators send the whole role, so nothing is reported there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.roles.jwt_role import MERGING_FORMS, JwtRole, RoleForm
from bot.vault.roles.removed import neighbour_of, place_of, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_MAPS = ("bound_claims", "claim_mappings")
_LISTS = ("bound_audiences", "token_policies", "policies")
_JSON_LIST = regex(r'\s*\[\s*".*"\s*\]\s*')
_KEPT = (
    "bound_subject",
    "bound_claims",
    "bound_audiences",
    "claim_mappings",
    "token_ttl",
    "token_max_ttl",
    "token_explicit_max_ttl",
    "token_period",
    "ttl",
    "max_ttl",
    "period",
    "token_policies",
    "policies",
)


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at each map written as a word, and for each field that a change removes."""
    if role.form is RoleForm.ARGUMENTS:
        for field in _MAPS:
            if isinstance(role.value(field), str) and str(role.value(field)).lstrip().startswith("{"):
                yield Hit(
                    span=role.place(field),
                    subject=role.subject,
                    construct=field,
                    message=(
                        f"`{field}` is a map and cannot be written as one word: Vault refuses this "
                        f"write of `{role.name}`."
                    ),
                    attack="The write fails; an older, looser role can stay in place.",
                    text=field,
                    effect=Effect.BREAKS,
                )
        for field in _LISTS:
            if isinstance(role.value(field), str) and _JSON_LIST.fullmatch(role.value(field)):
                yield _list_as_text(role, field)
    yield from _removed(role, repository)


def _list_as_text(role: JwtRole, field: str) -> Hit:
    """A list that is written as JSON in one word, where commas alone part the values."""
    wanted = ",".join(re.findall(r'"([^"]*)"', role.value(field)))
    edits = role.amend({(field,): wanted}) if wanted else None
    return Hit(
        span=role.place(field),
        subject=role.subject,
        construct=field,
        message=(
            f"`{field}` of the role `{role.name}` is split only at commas: its first value is "
            f"`{role.value(field).split(',')[0]}`, with bracket and quotes."
        ),
        attack=(
            "Only a job that requests exactly this text as its audience logs in; the jobs that are meant do not."
            if field == "bound_audiences"
            else "The policies with these names do not exist: the job gets none of what it needs."
        ),
        text=field,
        fix=Fix(f"Write `{wanted}`", edits, cost="Jobs that the role denies today can then log in.")
        if edits
        else None,
        effect=Effect.BREAKS,
    )


def _removed(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    before = _before(role, repository)
    if before is None or role.form not in MERGING_FORMS:
        return
    for field in _KEPT:
        if field in before and field not in role and f"token_{field}" not in role:
            yield Hit(
                span=place_of(role, before, (field,)),
                subject=role.subject,
                construct=f"removed.{field}",
                message=(
                    f"The change removes `{field}` from the role `{role.name}`, but Vault keeps what a write does "
                    "not mention: the old value stays."
                ),
                attack=(
                    "Where the role exists this grants no access, but the code no longer shows what Vault applies; a "
                    "new server gets the role without it."
                ),
                text=field,
                fix=_fix(role, before, field),
            )


def _fix(role: JwtRole, before: JwtRole, field: str) -> Fix | None:
    """Say that the subject is to be empty; put any other field back."""
    if field == "bound_subject":
        edits = role.amend({(field,): ""}, neighbour_of(role, before, (field,)))
        cost = "The write then clears the subject on the server, as the change means to."
        return Fix('Write `bound_subject` as ""', edits, cost=cost) if edits else None
    edits = put_back(role, before, (field,))
    return (
        Fix("Put it back", edits, cost="The file then says again what the server keeps.") if edits else None
    )


def _before(role: JwtRole, repository: Repository) -> JwtRole | None:
    if repository.base is None:
        return None
    same = (old for old in repository.base.vault.roles if (old.mount, old.name) == (role.mount, role.name))
    return next(same, None)


RULE = Rule("vault-role-partial-write", JwtRole, check, Severity.MEDIUM, effect=Effect.WEAKENS)
