"""A role for GitLab jobs does not bind an audience.

What it finds
-------------
A JWT role without `bound_audiences`, or with an empty one.

Why it matters
--------------
Every GitLab ID token carries an audience: the service that the token was made for. OpenBao, and Vault since
1.15.9, 1.16.3 and 1.17, refuse every login with such a role ("audience claim found in JWT but no audiences
bound to the role"). An older Vault does not compare the audience: a service that gets a token made for itself
can log in to Vault with it until it expires.

| claim | value |
|---|---|
| `aud` | `https://another-service.example.com` |
| `project_id` | as bound |

Fix
---
Write the audience into the role (`bound_audiences`), and the same text into the job (`aud`).

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
The version of the server is not known to a review; the message names both outcomes. Medium, because only a
Vault without the fix of CVE-2024-5798 (May 2024) accepts anything. The fix is offered where the jobs of the same
repository request exactly one audience.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import for_gitlab
from bot.vault.claims.role_jobs import audience_of_jobs
from bot.vault.claims.witness import witness
from bot.vault.roles.jwt_role import JwtRole
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_REFUSING = {Server.VAULT: "Vault since 1.17 (1.16.3, 1.15.9)", Server.OPENBAO: "OpenBao"}
_ANOTHER_SERVICE = "https://another-service.example.com"


def _consequence(role: JwtRole) -> str:
    """What each of the servers does that the role is judged for."""
    refusing = [name for server, name in _REFUSING.items() if server in role.servers]
    refuses = (
        f"{' and '.join(refusing)} {'refuses' if len(refusing) == 1 else 'refuse'} every login"
        if refusing
        else ""
    )
    if Server.OLD_VAULT not in role.servers:
        return refuses
    accepts = "an older Vault accepts tokens made for any service"
    return f"{refuses}; {accepts}" if refuses else accepts


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit where no audience is bound."""
    if not for_gitlab(role) or not role.complete or role.value("bound_audiences"):
        return
    audience = audience_of_jobs(repository)
    edits = role.amend({("bound_audiences",): [audience]}) if audience else None
    yield Hit(
        span=role.place("bound_audiences"),
        subject=role.subject,
        construct="bound_audiences",
        message=f"The role `{role.name}` binds no audience: {_consequence(role)}.",
        attack="A service that gets an ID token of such a job can log in with it"
        + ("." if role.servers == (Server.OLD_VAULT,) else ", on an older Vault.")
        if Server.OLD_VAULT in role.servers
        else "The login fails; the usual next step is to loosen the role until it works.",
        text="bound_audiences",
        fix=Fix(f"Bind the audience of the jobs: {audience}", edits) if edits else None,
        effect=Effect.EXPOSES if role.servers == (Server.OLD_VAULT,) else None,
        witness=witness(
            role,
            "On a Vault before 1.17 (1.16.3, 1.15.9), a token that the job made for another service logs in.",
            aud=_ANOTHER_SERVICE,
        ),
    )


RULE = Rule("vault-role-without-audience", JwtRole, check, Severity.MEDIUM, effect=Effect.BREAKS)
