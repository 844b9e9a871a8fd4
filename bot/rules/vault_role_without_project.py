"""A role accepts jobs of every project on the instance.

What it finds
-------------
A role for GitLab jobs that binds no project, no namespace and no subject: an audience, a ref,
`ref_protected` or an address range alone. A role that does not say whose tokens it is for counts as one for GitLab
where jobs of the repository log in at its mount, and on the mount `jwt` where jobs request its audience or the
audience is the address of a GitLab or a Vault.

Why it matters
--------------
The audience is free text in the job's YAML, the name of a ref is free, and `ref_protected` is true on any
protected branch of anybody's own project. With the issuer gitlab.com, "anybody" is the whole Internet.

| claim | value |
|---|---|
| `aud` | as bound |
| `project_path` | `someone-else/app` |
| `ref_protected` | `true` |

Fix
---
Bind the project by its number, as a string: `"project_id": "42"`. Jobs of other projects can then no longer log in.

```json
"bound_claims": { "project_id": "42", "ref": "main", "ref_protected": "true" }
```

Limits
------
Bound claims that come from variables are not judged. A role without any policy but `default` is reported
milder.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import PEOPLE
from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import BOUNDARY_CLAIMS, binds, boundaries, is_known_jwt, policies
from bot.vault.claims.role_jobs import issuer_in, users_of
from bot.vault.claims.witness import STRANGERS_PROJECT, can_match, witness
from bot.vault.reach import reaches_own_project_only
from bot.vault.roles.jwt_role import Issuer, JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_STORY = (
    "Anybody with an account on the GitLab instance makes a project, protects a branch of it, asks "
    "for this audience "
    "and logs in."
)
_OWN_STORY = "Each project can use only its own paths: the policies put its project ID into the path."


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit where no boundary is bound. A `*` as boundary, and a person, have rules of their own."""
    if not is_known_jwt(role) or issuer_in(role, repository) is not Issuer.GITLAB or not can_match(role):
        return
    if boundaries(role) or binds(role, *BOUNDARY_CLAIMS) or binds(role, *PEOPLE):
        return
    claims = role.value("bound_claims") or {}
    own = reaches_own_project_only(role, repository.vault)
    story = _OWN_STORY if own else _STORY
    yield Hit(
        span=role.place("bound_claims"),
        subject=role.subject,
        construct="bound_claims.project_id",
        message=(
            f"The role `{role.name}` binds no project: the jobs of every project on the GitLab instance "
            "may log in."
        ),
        attack=story,
        text=json.dumps(sorted(claims)),
        fix=None if repository.on_trial else _fix(role, repository),
        witness=witness(role, story, **STRANGERS_PROJECT, ref_protected="true"),
        severity=Severity.LOW if own else None if policies(role) else Severity.MEDIUM,
    )


def _fix(role: JwtRole, repository: Repository) -> Fix | None:
    """The project's own number, where its own jobs use the role."""
    number = repository.tree.project.id
    if number is None or not users_of(role, repository):
        return None
    edits = role.amend({("bound_claims", "project_id"): str(number)})
    return (
        Fix(
            "Bind this project's number, as a string",
            edits,
            cost="Jobs of other projects can then no longer log in.",
        )
        if edits
        else None
    )


RULE = Rule(
    "vault-role-without-project", JwtRole, check, Severity.CRITICAL, others=(Severity.MEDIUM, Severity.LOW)
)
