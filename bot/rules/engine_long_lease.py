"""A dynamic credential lives longer than a day.

What it finds
-------------
Roles of secret engines without `default_ttl` or `max_ttl` (the server's 32 days count), or with more than a
day; certificate roles of more than 90 days or without any limit; static database roles without a
`rotation_period`.

Why it matters
--------------
The point of a dynamic credential is that a leaked one is dead. One that lives 32 days is a static one with
a strange name.

Fix
---
Set the maximum (`max_ttl`) to what the longest job needs. A program that keeps the credential longer then loses its
access.

Bad:

```hcl
resource "vault_database_secret_backend_role" "shop" {
  name    = "shop"
  db_name = "shop"
}
```

Good:

```hcl
resource "vault_database_secret_backend_role" "shop" {
  name        = "shop"
  db_name     = "shop"
  default_ttl = 3600
  max_ttl     = 7200
}
```

Limits
------
A limit on the mount (`max_lease_ttl_seconds`) is seen where it is in the same repository; a server that was
tuned by hand is not. The lease also ends with the token that asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.rule import Rule
from bot.vault.durations import spoken
from bot.vault.engines.engine_role import EngineKind, EnginePart, EngineRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_DAY = 86400
_MAX_LEASE_SECONDS = _DAY
_MAX_CERTIFICATE_SECONDS = 90 * _DAY
# developer.hashicorp.com/vault/docs/configuration, default_lease_ttl and max_lease_ttl, 2026-11.
_SERVER_SECONDS = 768 * 3600
# The fields that limit a lease, by engine (developer.hashicorp.com/vault/api-docs/secret, 2026-11).
_FIELDS = {
    EngineKind.DATABASE: ("max_ttl", "default_ttl"),
    EngineKind.AZURE: ("max_ttl", "ttl"),
    EngineKind.CONSUL: ("max_ttl", "ttl"),
    EngineKind.KUBERNETES: ("token_max_ttl", "token_default_ttl"),
    EngineKind.PKI: ("max_ttl", "ttl"),
    EngineKind.SSH: ("max_ttl", "ttl"),
}


def check(role: EngineRole, _repository: Repository) -> Iterator[Hit]:
    """A hit where nothing short limits the credential."""
    if role.part is EnginePart.STATIC_ROLE:
        yield from _static(role)
        return
    fields = _FIELDS.get(role.kind)
    if role.part is not EnginePart.ROLE or fields is None:
        return
    cap, first = (role.seconds(name) for name in fields)
    if cap is None or first is None or _short_by_key_type(role):
        return
    limits = [seconds for seconds in (cap, role.mount_max_seconds) if seconds > 0]
    longest = min(limits) if limits else _SERVER_SECONDS
    allowed = _MAX_CERTIFICATE_SECONDS if role.kind is EngineKind.PKI else _MAX_LEASE_SECONDS
    unlimited = not limits and role.kind in {EngineKind.PKI, EngineKind.SSH}
    if longest <= allowed and not unlimited:
        return
    field = fields[0] if cap else fields[1]
    ends = (
        f"up to {spoken(longest)}"
        if limits
        else f"as long as the server allows, {spoken(_SERVER_SECONDS)} by default"
    )
    yield Hit(
        span=role.place(field),
        subject=role.subject,
        construct=fields[0],
        message=f"A credential of the role `{role.name}` lives {ends}.",
        attack="A credential that leaks from a job still works weeks later.",
        text=f"{fields[0]}={cap}",
        effect=Effect.WEAKENS,
    )


def _short_by_key_type(role: EngineRole) -> bool:
    """One-time passwords of SSH have no lease."""
    return role.kind is EngineKind.SSH and any(scalar.text == "otp" for scalar in role.scalars("key_type"))


def _static(role: EngineRole) -> Iterator[Hit]:
    if role.kind is not EngineKind.DATABASE:
        return
    if role.get("rotation_period") is None and role.get("rotation_schedule") is None:
        yield Hit(
            span=role.place("rotation_period"),
            subject=role.subject,
            construct="rotation_period",
            message=f"Vault never changes the password of the static role `{role.name}`: it has no `rotation_period`.",
            attack="A password that leaked once works for ever.",
            text="rotation_period",
            effect=Effect.WEAKENS,
            remedy="Set `rotation_period`, such as `24h`. Programs that keep the old password then lose access.",
        )


RULE = Rule("engine-long-lease", EngineRole, check, Severity.MEDIUM, effect=Effect.WEAKENS)
