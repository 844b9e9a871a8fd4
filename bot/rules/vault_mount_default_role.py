"""A mount gives a role to logins that name none.

What it finds
-------------
`default_role` on a mount for GitLab jobs.

Why it matters
--------------
A job whose `VAULT_AUTH_ROLE` is missing still logs in, with the wrong identity, and nobody notices. The
claims are checked all the same, so this is no way around them.

Fix
---
Remove `default_role`, and name the role in each job (`VAULT_AUTH_ROLE`). Jobs that name none can then no longer log
in.

```yaml
variables:
  VAULT_AUTH_ROLE: app-prod
```

Limits
------
A mount for people needs its default role; only mounts for GitLab jobs are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import serves_production
from bot.vault.roles.jwt_role import Issuer, JwtMount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(mount: JwtMount, repository: Repository) -> Iterator[Hit]:
    """A hit at `default_role`."""
    name = mount.value("default_role")
    roles = [role for role in repository.vault.roles_on(mount.mount) if role.issuer is Issuer.GITLAB]
    if not name or not roles or mount.value("oidc_client_id"):
        return
    serves = any(role.name == name and serves_production(role) for role in roles)
    yield Hit(
        span=mount.place("default_role"),
        subject=mount.subject,
        construct="default_role",
        message=f"A job that names no role on the mount `{mount.mount}` gets the role `{name}`.",
        attack="A job that names no role by mistake logs in all the same, with rights that nobody meant it to have.",
        text=f"default_role={name}",
        severity=Severity.MEDIUM if serves else None,
    )


RULE = Rule(
    "vault-mount-default-role",
    JwtMount,
    check,
    Severity.LOW,
    others=(Severity.MEDIUM,),
    effect=Effect.WEAKENS,
)
