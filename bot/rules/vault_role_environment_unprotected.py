"""A role binds an environment's name, not its protection.

What it finds
-------------
A role that binds `environment` or `deployment_tier` and not `environment_protected: "true"`.

Why it matters
--------------
`environment: production` is a line of YAML. On an environment that is not protected any branch may say so,
and a `deployment_tier` can be chosen for an environment of any name.

| claim | value |
|---|---|
| `environment` | `production` |
| `environment_protected` | `false` |
| `ref` | `x` |

Fix
---
Bind `environment_protected` to `"true"` (GitLab Premium or Ultimate). On the free edition it is always `"false"`:
bind the protected ref instead.

```json
"environment": "production",
"environment_protected": "true",
"ref": "main",
"ref_protected": "true"
```

Limits
------
The edition of GitLab is not known to a review.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import binds, bound, boundaries, requires
from bot.vault.claims.witness import open_to_gitlab, witness
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at the environment's claim."""
    claim = next((name for name in ("environment", "deployment_tier") if binds(role, name)), None)
    if (
        claim is None
        or not open_to_gitlab(role)
        or not boundaries(role)
        or binds(role, "environment_protected")
    ):
        return
    value = bound(role, claim)[0]
    guarded = requires(role, "ref_protected", "true")
    story = (
        f"A job on any branch that the role accepts names the `{claim}` `{value}` and logs in."
        if not guarded
        else f"Any job on the protected branch names the `{claim}` `{value}` and logs in."
    )
    edits = role.amend({("bound_claims", "environment_protected"): "true"})
    yield Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=f"The role `{role.name}` trusts the `{claim}` `{value}`, which any job may name in its YAML.",
        attack=story,
        text=json.dumps({claim: bound(role, claim)}, default=str),
        fix=Fix(
            "Bind `environment_protected` (GitLab Premium or Ultimate)",
            edits,
            cost="Jobs of environments that nobody has protected can then no longer log in.",
        )
        if edits
        else None,
        witness=witness(role, story, environment_protected="false"),
        severity=Severity.MEDIUM if guarded else Severity.HIGH,
    )


RULE = Rule("vault-role-environment-unprotected", JwtRole, check, Severity.HIGH, others=(Severity.MEDIUM,))
