"""A policy grants a whole secret engine.

What it finds
-------------
A path that ends right behind the mount (`secret/*`, `kv/data/*`, `+/data/*`) with read or write access to
secrets, or with the right to delete all versions for good (`secret/metadata/*`, `secret/destroy/*`).

Why it matters
--------------
Everything that anybody ever puts into that engine is included: other teams' secrets, production beside
staging, next year's too. One job that leaks its token leaks all of it.

Fix
---
End the path at the project and the environment that the jobs need, such as `secret/data/shop/production/*`.
Everything else is then denied.

Bad:

```hcl
path "secret/data/*" {
  capabilities = ["read"]
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
A mount whose name is not one of the usual shared ones (`secret`, `kv`) may belong to one team: low. Where
no role in this repository gives the policy to jobs, one step milder. Engines that make credentials on
demand are recognised by policy-any-dynamic-credential.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.policies.acl import DENY, WRITES, pattern_of
from bot.vault.policies.escalation import any_credential, is_everything
from bot.vault.policies.policy import PathRule, VaultPolicy
from bot.vault.policy_use import (
    administration,
    is_root_rule,
    is_shared_mount,
    is_system,
    mount_of,
    policy_hit,
    unused,
    weighed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# The parts of KV version 2 behind which all secrets of the mount are
# (developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, 2026-11).
_KV2 = frozenset({"data", "metadata", "destroy"})
# Engines in which nothing is stored that `*` would give away.
_OTHER_ENGINES = frozenset({"transit", "totp", "cubbyhole", "sys", "auth", "identity"})


# A mount that another module makes: its name is not known here, that it is a mount is.
_MOUNT_OF_A_RESOURCE = regex(r"\$\{vault_mount\.[^{}/]+\.path\}/")
_ALL = "A job that leaks its token leaks the secrets of every project in that engine."
_FOR_EVER = "One hostile or faulty job deletes every version of every secret there; nothing brings them back."


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each rule that covers a mount."""
    for rule in () if administration(policy) else policy.granting:
        part = _part(rule)
        useful = rule.capabilities & (WRITES | {"read"})
        if part is None or not useful or DENY in rule.capabilities:
            continue
        forever = part in {"metadata", "destroy"} and bool(useful & {"delete", "update", "create"})
        if part in {"metadata", "destroy"} and not forever:
            continue
        severity = Severity.HIGH if useful & WRITES or is_everything(rule.path) else Severity.MEDIUM
        if not is_shared_mount(mount_of(rule.path)):
            severity = Severity.LOW
        elif severity is Severity.HIGH:
            severity = weighed(severity, policy, repository)
        acts = "permanent deletion of" if forever else f"{', '.join(sorted(useful))} on"
        yield policy_hit(
            rule,
            policy,
            repository,
            message=f"The policy `{policy.name}` grants {acts} every secret below `{rule.shown}`"
            f"{unused(policy, repository)}.",
            attack=_FOR_EVER if forever else _ALL,
            severity=severity,
        )


def _part(rule: PathRule) -> str | None:
    """What is between the mount and the `*`: "" or a part of KV version 2; None where it is narrower."""
    pattern = pattern_of(rule.path)
    known = rule.known or _MOUNT_OF_A_RESOURCE.match(rule.path)
    if not pattern.is_prefix or not known or is_system(rule.path):
        return None
    if is_everything(rule.path):
        return None if is_root_rule(rule) else ""
    segments = pattern.text.split("/")
    if segments[-1] or segments[0] in _OTHER_ENGINES or any_credential(rule.path):
        return None
    middle = segments[1:-1]
    if not middle and len(segments) > 1:
        return ""
    return middle[0] if len(middle) == 1 and middle[0] in _KV2 else None


RULE = Rule("policy-whole-mount", VaultPolicy, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
