"""A role binds a project's path, which can change hands.

What it finds
-------------
A role for GitLab jobs bound by `project_path`, a `sub` or another path, and by no number.

Why it matters
--------------
A project is renamed, moved or deleted, and its path is free: anyone who takes it next inherits the secrets.
Numbers are never given twice. Newer versions of GitLab refuse ID tokens for a path that another project
had; older ones do not.

| claim | value |
|---|---|
| `project_path` | as bound |
| `project_id` | `31337` |

Fix
---
Bind the project's number too, as a string (`"project_id": "42"`), and keep the path for readers.

```json
"bound_claims": { "project_id": "42", "project_path": "group/app" }
```

Limits
------
The number is not in the repository, so a fix is offered only where the role is for the very project under
review.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import bound, boundaries, is_group_wide
from bot.vault.claims.witness import open_to_gitlab, witness
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_STORY = "The project is renamed or deleted, somebody else takes its path, and their jobs log in."


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at the path where no number is beside it."""
    claims = boundaries(role)
    if not claims or not open_to_gitlab(role) or any(_is_number(role, claim) for claim in claims):
        return
    if all(is_group_wide(role, claim) for claim in claims):
        return
    claim = claims[0]
    route = (claim,) if claim == "bound_subject" else ("bound_claims", claim)
    value = str(role.value("bound_subject") if claim == "bound_subject" else bound(role, claim)[0])
    yield Hit(
        span=role.place(*route),
        subject=role.subject,
        construct=".".join(route),
        message=(
            f"The role `{role.name}` knows its project by the path `{_path_in(value)}` alone, and a path can "
            "change hands."
        ),
        attack=_STORY,
        text=json.dumps({claim: value}),
        fix=None if repository.on_trial else _fix(role, repository),
        witness=witness(role, _STORY, project_id="31337"),
    )


def _path_in(value: str) -> str:
    """The path that a subject names; a value that is no subject, as it is."""
    named = _OF_SUBJECT.match(value)
    return named["path"] if named else value


_OF_SUBJECT = regex(r"project_path:(?P<path>[^:]+)")


def _is_number(role: JwtRole, claim: str) -> bool:
    """A number, or a subject that contains one."""
    texts = [role.value("bound_subject")] if claim == "bound_subject" else bound(role, claim)
    return claim.endswith("_id") or all(str(text).startswith("project_id:") for text in texts)


def _fix(role: JwtRole, repository: Repository) -> Fix | None:
    project = repository.tree.project
    if project.id is None or bound(role, "project_path") != (project.path,):
        return None
    edits = role.amend({("bound_claims", "project_id"): str(project.id)})
    return (
        Fix(
            "Bind this project's number, as a string",
            edits,
            cost="Jobs of a copy or of a project with another number can then no longer log in.",
        )
        if edits
        else None
    )


RULE = Rule("vault-role-by-path-only", JwtRole, check, Severity.MEDIUM)
