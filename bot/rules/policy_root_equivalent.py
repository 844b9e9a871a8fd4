"""A policy grants all of Vault, or of a system backend.

What it finds
-------------
A path `*`, `+/*`, `sys/*`, `auth/*` or `identity/*` with `create`, `update`, `patch`, `delete` or `sudo`.

Why it matters
--------------
With `path "*"` a token is root in all but name. Each of the other three is enough to become that: `sys/*`
writes policies, `auth/*` writes the roles that hand them out, `identity/*` adds policies to people. A job
that contains such a token for one secret can take all of them, and so can everybody who can change a line of
its script.

Fix
---
List the paths that the jobs need, each with its capabilities. What is not listed is then denied.

Bad:

```hcl
path "*" {
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}
```

Good:

```hcl
path "secret/data/shop/production/*" {
  capabilities = ["read"]
}
```

Limits
------
Critical where a role in this repository gives the policy to jobs, else medium: somebody should have such a
policy, and who gets it may be decided elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.rule import Rule
from bot.vault.policies.acl import DENY
from bot.vault.policies.policy import VaultPolicy
from bot.vault.policy_use import administration, is_root_rule, policy_hit, unused, weighed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_WHERE = {
    "sys": "Vault's own settings, policies included",
    "auth": "every login method and its roles",
    "identity": "every identity and group",
}


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each path that covers everything; one for a policy of administrators."""
    seen = False
    for rule in policy.granting:
        if not is_root_rule(rule) or DENY in rule.capabilities:
            continue
        if seen and administration(policy):
            return
        seen = True
        what = _WHERE.get(rule.path.split("/", 1)[0], "everything in Vault")
        acts = ", ".join(sorted(rule.capabilities))
        yield policy_hit(
            rule,
            policy,
            repository,
            message=f"The policy `{policy.name}` allows {acts} on `{rule.shown}`: {what}"
            f"{unused(policy, repository)}.",
            attack="Anyone who gets a token with this policy gives itself any other and reads every secret.",
            severity=weighed(Severity.CRITICAL, policy, repository),
        )


RULE = Rule("policy-root-equivalent", VaultPolicy, check, Severity.CRITICAL, others=(Severity.MEDIUM,))
