"""A role binds a person, not a project.

What it finds
-------------
A role for GitLab jobs bound by `user_login`, `user_email`, `user_id`, `user_access_level` or
`groups_direct`, and by no project or namespace.

Why it matters
--------------
These claims describe anyone who started the job, in whatever project. When that person runs, merges or retries a
pipeline in someone else's project, its token matches. Everybody is `owner` in a project of their own.

| claim | value |
|---|---|
| `user_login` | as bound |
| `project_path` | `someone-else/app` |

Fix
---
Bind the project (`project_id`); keep the person as one more condition, by number.

```json
"bound_claims": { "project_id": "42", "ref_protected": "true", "user_id": "7" }
```

Limits
------
Beside a bound project these claims are a fine extra condition and not reported.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import PEOPLE
from bot.findings import Hit, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import binds, bound, boundaries
from bot.vault.claims.witness import STRANGERS_PROJECT, open_to_gitlab, witness
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_ANYBODY = "Anybody makes a project of their own, where they are its owner, and logs in from it."
_LURED = "The person runs or retries a pipeline in someone else's project, and its job logs in."


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at the claim about a person."""
    claim = next((name for name in sorted(PEOPLE) if binds(role, name)), None)
    if claim is None or boundaries(role) or not open_to_gitlab(role):
        return
    anybody = claim == "user_access_level"
    story = _ANYBODY if anybody else _LURED
    yield Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=f"The role `{role.name}` binds the person who starts the job (`{claim}`), and no project.",
        attack=story,
        text=json.dumps({claim: bound(role, claim)}, default=str),
        witness=witness(role, story, **STRANGERS_PROJECT),
        severity=Severity.CRITICAL if anybody else None,
    )


RULE = Rule("vault-role-by-user", JwtRole, check, Severity.HIGH, others=(Severity.CRITICAL,))
