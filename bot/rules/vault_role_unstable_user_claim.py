"""A role identifies jobs by something that changes.

What it finds
-------------
A `user_claim` that is different in every run (`job_id`, `pipeline_id`, `jti`, `sha`); and a person's e-mail
or login where people log in on the same mount.

Why it matters
--------------
Vault makes an identity for each value: one for each job, which fill the storage and are counted as clients.
On a mount that people use too, a job that carries a person's e-mail becomes that person, with their
policies.

Fix
---
Use a claim that stays the same for a project: `"user_claim": "project_id"`. Vault then makes new identities; groups
and metadata of the old ones do not follow.

```json
"user_claim": "project_id"
```

Limits
------
`user_email` alone is GitLab's own example and is not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import for_gitlab
from bot.vault.mount_users import first_for_people
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_PER_RUN = frozenset({"job_id", "pipeline_id", "jti", "sha", "ci_config_sha"})
_PERSON = frozenset({"user_email", "user_login"})


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at `user_claim`."""
    claim = role.value("user_claim")
    if not for_gitlab(role) or claim not in _PER_RUN | _PERSON:
        return
    shared = first_for_people(repository.vault, role.mount) is not None
    if claim in _PERSON and not shared:
        return
    edits = role.amend({("user_claim",): "project_id"})
    yield Hit(
        span=role.place("user_claim"),
        subject=role.subject,
        construct="user_claim",
        message=(
            f"Jobs of the role `{role.name}` log in as the person who started them, on a mount that "
            "people use too."
            if claim in _PERSON
            else f"The role `{role.name}` makes a new identity in Vault for every `{claim}`."
        ),
        attack=(
            "A job started by a person gets what this person may do, also through groups."
            if claim in _PERSON
            else "This grants no access; identities pile up, and each counts as a client."
        ),
        text=f"user_claim={claim}",
        fix=Fix(
            "Use `project_id`",
            edits,
            cost="Vault then makes new identities: groups and metadata of the old ones do not follow.",
        )
        if edits
        else None,
        severity=Severity.MEDIUM if claim in _PERSON else None,
    )


RULE = Rule(
    "vault-role-unstable-user-claim",
    JwtRole,
    check,
    Severity.LOW,
    others=(Severity.MEDIUM,),
    effect=Effect.WEAKENS,
)
