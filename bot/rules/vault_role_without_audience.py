"""A role for GitLab jobs does not say which audience it takes.

What it finds
-------------
A JWT role without `bound_audiences`, or with an empty one.

Why it matters
--------------
Every GitLab ID token carries an audience: it says which service the token was made for. Vault since 1.15.9,
1.16.3 and 1.17 refuses every login of such a role ("audience claim found in JWT but no audiences bound to
the role"). OpenBao and older Vaults do not look at it at all: a token that a job made for another service,
and that this service keeps or logs, opens Vault until the token expires.

| claim | value |
|---|---|
| `aud` | `https://another-service.example.com` |
| `project_id` | as bound |

Fix
---
Write the audience into the role, and the same text into the job.

```json
"bound_audiences": ["https://vault.example.com"]
```
```yaml
id_tokens:
  VAULT_ID_TOKEN:
    aud: https://vault.example.com
```

Limits
------
The version of the server is not known to a review; the message says what happens on both. The fix is offered
where the jobs of the same repository ask for exactly one audience.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.bounds import for_gitlab
from bot.vault.jobs import audience_of_jobs
from bot.vault.model import JwtRole
from bot.vault.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_ANOTHER_SERVICE = "https://another-service.example.com"


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit where no audience is bound."""
    if not for_gitlab(role) or not role.complete or role.value("bound_audiences"):
        return
    audience = audience_of_jobs(repository)
    edits = role.amend({("bound_audiences",): [audience]}) if audience and role.amend else None
    yield Hit(
        span=role.place("bound_audiences"),
        subject=role.subject,
        construct="bound_audiences",
        message=(
            f"The role {role.name} binds no audience: Vault 1.17 (1.16.3, 1.15.9) and newer refuses "
            "every login, "
            "OpenBao and older Vaults take tokens made for any service."
        ),
        attack="A service that gets an ID token of such a job can log in to Vault with it until it expires.",
        text="bound_audiences",
        fix=Fix(f"Bind the audience that the jobs ask for: {audience}", edits) if edits else None,
        witness=witness(
            role,
            "On OpenBao or an older Vault, a token that the job made for another service logs in here.",
            aud=_ANOTHER_SERVICE,
        ),
    )


RULE = Rule("vault-role-without-audience", JwtRole, check, Severity.HIGH)
