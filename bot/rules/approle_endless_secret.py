"""An AppRole's secret_id works for ever.

What it finds
-------------
In `sealcheck audit`: AppRoles of the running Vault whose `secret_id` has neither an end (`secret_id_ttl`) nor a
number of uses, from any address.

Why it matters
--------------
A `secret_id` in a CI/CD variable is a password. Anyone who reads it once, in a log or as a former Maintainer, logs
in until somebody revokes it.

Fix
---
Let jobs log in with their ID token. Where that cannot be, set `secret_id_ttl` and `secret_id_num_uses`: its
clients then have to fetch a new `secret_id` in time.

Bad:

```sh
vault write auth/approle/role/deploy token_policies=deploy
```

Good:

```sh
vault write auth/approle/role/deploy token_policies=deploy secret_id_ttl=1h secret_id_num_uses=1
```

Limits
------
Only of a running server. Whether a job uses the role is not seen. Each `secret_id` may have been given shorter limits
of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.rule import Rule
from bot.vault.logins import LoginRole
from bot.vault.reach import Power, find_policy, reach_of_policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository
    from bot.vault.model import VaultModel

_ADDRESSES = ("secret_id_bound_cidrs", "token_bound_cidrs")


def check(role: LoginRole, repository: Repository) -> Iterator[Hit]:
    """A hit for a role whose secret_id nothing limits."""
    if role.type != "approle" or not role.flag("bind_secret_id"):
        return
    limited = role.number("secret_id_ttl") or role.number("secret_id_num_uses")
    if limited or any(role.texts(name) for name in _ADDRESSES):
        return
    yield Hit(
        span=role.place("bind_secret_id"),
        subject=role.subject,
        construct="secret_id_ttl",
        message=f"A `secret_id` of the AppRole `{role.name}` never expires, and works from every address.",
        attack="Anyone who reads it once in a job can log in with it until somebody revokes it.",
        text="secret_id_ttl",
        severity=_severity(role, repository.vault),
    )


def _severity(role: LoginRole, model: VaultModel) -> Severity:
    """HIGH where the role can give itself more, LOW where it reaches nothing."""
    names = role.texts("token_policies")
    found = [policy for name in names if (policy := find_policy(name, model)) is not None]
    power = reach_of_policies(tuple(found)).power
    if power in {Power.ADMIN, Power.ROOT}:
        return Severity.HIGH
    return Severity.LOW if power is Power.NOTHING and len(found) == len(names) else Severity.MEDIUM


RULE = Rule("approle-endless-secret", LoginRole, check, Severity.MEDIUM, others=(Severity.HIGH, Severity.LOW))
