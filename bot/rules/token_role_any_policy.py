"""A token role gives any policy.

What it finds
-------------
In `sealcheck audit`: roles of the tokens' own mount (`auth/token/roles`) that only name what they do not give
(`disallowed_policies`), or that allow the glob `*`.

Why it matters
--------------
With such a role Vault no longer asks whether the new token's policies are among those of the token that makes it.
Anyone who may create a token with it makes one with every policy but `root`.

Fix
---
List the policies that it may give in `allowed_policies`. Tokens with another policy are then refused.

Bad:

```sh
vault write auth/token/roles/ci disallowed_policies=admin
```

Good:

```sh
vault write auth/token/roles/ci allowed_policies=ci-read,ci-deploy
```

Limits
------
Only of a running server. Who may create tokens by the role is a matter of the policies; a rule of its own reports
those that let everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.rule import Rule
from bot.vault.logins import LoginRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_ALLOWED, _ALLOWED_GLOBS = "allowed_policies", "allowed_policies_glob"
_REFUSED = ("disallowed_policies", "disallowed_policies_glob")


def check(role: LoginRole, _repository: Repository) -> Iterator[Hit]:
    """A hit for a role that gives what its creator does not have."""
    if role.type != "token":
        return
    # What Vault 1.21.4 does with each combination was tried, 2026-11.
    globs = role.texts(_ALLOWED_GLOBS)
    if "*" in globs:
        field, how = _ALLOWED_GLOBS, "allows every policy"
    elif not globs and not role.texts(_ALLOWED) and any(map(role.texts, _REFUSED)):
        field = next(name for name in _REFUSED if role.texts(name))
        how = "only lists policies that it refuses"
    else:
        return
    yield Hit(
        span=role.place(field),
        subject=role.subject,
        construct=field,
        message=f"The token role `{role.name}` {how}: its tokens can have any other.",
        attack="Anyone who may create a token with it gives that token any policy but `root`.",
        text=f"{field}={','.join(role.texts(field))}",
    )


RULE = Rule("token-role-any-policy", LoginRole, check, Severity.HIGH)
