"""A policy allows every credential of a dynamic engine.

What it finds
-------------
A wildcard where the name of an engine's role should be: `database/creds/*`, `aws/sts/+`, `pki/issue/*`,
`ssh/sign/*`, or the whole engine (`database/*`).

Why it matters
--------------
The capability is only `read` and looks harmless. But what is read is made on the spot: the wildcard
includes the engine's administrator role, and every role that somebody adds later. The job picks the
strongest.

Fix
---
Name the role, such as `database/creds/shop-read`. Credentials of other roles are then denied.

Bad:

```hcl
path "database/creds/*" {
  capabilities = ["read"]
}
```

Good:

```hcl
path "database/creds/shop-production-readonly" {
  capabilities = ["read"]
}
```

Limits
------
A path that names the beginning of the role (`database/creds/shop-*`) is not reported here. Where no role in
this repository gives the policy to jobs, the finding is medium.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.rule import Rule
from bot.vault.policies.acl import DENY
from bot.vault.policies.escalation import any_credential
from bot.vault.policies.policy import VaultPolicy
from bot.vault.policy_use import policy_hit, unused, weighed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# Certificates and keys are asked for with a write, the others with a read.
_ASKS = frozenset({"read", "create", "update"})
_MAX_NAMES = 3


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each rule that covers every role of an engine."""
    for rule in policy.granting:
        base = any_credential(rule.path)
        if not base or DENY in rule.capabilities or not rule.capabilities & _ASKS:
            continue
        mount = base.split("/", 1)[0]
        names = [
            role.name for role in repository.vault.engines if role.mount == mount and role.part == "role"
        ]
        known = f", among them {', '.join(names[:_MAX_NAMES])}" if names else ""
        yield policy_hit(
            rule,
            policy,
            repository,
            message=f"`{rule.shown}` grants the credentials of every role of the engine{known}"
            f"{unused(policy, repository)}.",
            attack="A job with this policy chooses the role with the most rights and reads its credentials.",
            severity=weighed(Severity.HIGH, policy, repository),
        )


RULE = Rule("policy-any-dynamic-credential", VaultPolicy, check, Severity.HIGH, others=(Severity.MEDIUM,))
