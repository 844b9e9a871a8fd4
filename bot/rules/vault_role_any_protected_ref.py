"""A role accepts every protected branch and tag.

What it finds
-------------
A role that binds a project and `ref_protected: "true"`, and no ref, no environment and no pinned CI
configuration.

Why it matters
--------------
Protected is not the same as "only maintainers": `develop` or `release/*` may be protected with Developers
allowed to push, and each of them opens the role.

| claim | value |
|---|---|
| `project_id` | as bound |
| `ref` | `develop` |
| `ref_protected` | `true` |

Fix
---
Bind the ref as well (`"ref": "main"`); for production also the environment. Pipelines of other protected refs can
then no longer log in.

```json
"ref_path": "refs/heads/main",
"ref_protected": "true"
```

Limits
------
Where the project has a single protected branch the role is as narrow as it looks; a review cannot see that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Confidence, Effect, Hit, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import binds, boundaries, requires, serves_production
from bot.vault.claims.witness import open_to_gitlab, witness
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_STORY = "A Developer who may push another protected branch, such as develop, runs a job there and logs in."


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at `ref_protected`."""
    if not requires(role, "ref_protected", "true") or not boundaries(role) or not open_to_gitlab(role):
        return
    if binds(role, "ref", "ref_path", "environment", "ci_config_ref_uri", "sub") or role.value(
        "bound_subject"
    ):
        return
    yield Hit(
        span=role.place("bound_claims", "ref_protected"),
        subject=role.subject,
        construct="bound_claims.ref_protected",
        message=(
            f"The role `{role.name}` accepts every protected branch and tag of the project, not only the "
            "one it is for."
        ),
        attack=_STORY,
        text='{"ref_protected": "true"}',
        witness=witness(role, _STORY, ref="develop"),
        severity=Severity.MEDIUM if serves_production(role) else Severity.LOW,
    )


RULE = Rule(
    "vault-role-any-protected-ref",
    JwtRole,
    check,
    Severity.MEDIUM,
    Confidence.MEDIUM,
    others=(Severity.LOW,),
    effect=Effect.WEAKENS,
)
