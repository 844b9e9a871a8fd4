"""A mount trusts several issuers, and its roles bind none.

What it finds
-------------
A mount with two or more `jwks_pairs`, and a role for GitLab jobs on it that does not bind `iss`.

Why it matters
--------------
The number 42 is a project on your GitLab and another one on gitlab.com. With `jwks_pairs` Vault allows no
`bound_issuer`, so only the roles can distinguish the issuers.

| claim | value |
|---|---|
| `iss` | the other issuer |
| `project_id` | as bound |

Fix
---
Make one mount for each issuer, or bind `iss` in every role.

```json
"bound_claims": { "iss": "https://gitlab.example.com", "project_id": "42" }
```

Limits
------
Only roles of the same repository are seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Related, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import binds, for_gitlab
from bot.vault.claims.witness import witness
from bot.vault.roles.jwt_role import JwtMount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_SEVERAL = 2
_STORY = "A job of a project with the same number on the other GitLab logs in."


def check(mount: JwtMount, repository: Repository) -> Iterator[Hit]:
    """A hit where a role leaves the issuer open."""
    pairs = mount.value("jwks_pairs")
    if not isinstance(pairs, list) or len(pairs) < _SEVERAL:
        return
    loose = [
        role for role in repository.vault.roles_on(mount.mount) if for_gitlab(role) and not binds(role, "iss")
    ]
    if not loose:
        return
    yield Hit(
        span=mount.place("jwks_pairs"),
        subject=mount.subject,
        construct="jwks_pairs",
        message=(
            f"The mount `{mount.mount}` trusts {len(pairs)} issuers, and the role `{loose[0].name}` does "
            "not bind `iss`."
        ),
        attack=_STORY,
        text=f"jwks_pairs {len(pairs)}",
        witness=witness(loose[0], _STORY, iss="https://gitlab.com"),
        related=tuple(Related(role.head, "a role without `iss`") for role in loose),
    )


RULE = Rule("vault-mount-several-issuers", JwtMount, check, Severity.CRITICAL)
