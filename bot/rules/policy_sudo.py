"""A policy grants `sudo`, or uses the old `policy` keyword.

What it finds
-------------
The capability `sudo`, and the old `policy = "sudo"`, `policy = "write"` or `policy = "read"` instead of a
list of capabilities.

Why it matters
--------------
`sudo` is the key to the endpoints that Vault itself protects: audit devices, login methods, raw storage,
leases of everybody. A token that has it can switch off the log before it accepts the secrets. The old words
are worse than they look: `policy = "write"` is create, read, update, delete and list together, and `"sudo"`
adds sudo to that.

Fix
---
Remove `sudo`, and write what is needed as a list: `capabilities = ["read"]`.

Bad:

```hcl
path "secret/data/shop/*" {
  capabilities = ["read", "sudo"]
}
path "secret/data/legacy/*" {
  policy = "write"
}
```

Good:

```hcl
path "secret/data/shop/*" {
  capabilities = ["read"]
}
path "secret/data/legacy/*" {
  capabilities = ["create", "read", "update"]
}
```

Limits
------
Where the path touches no endpoint that asks for sudo, the finding is low: the word does nothing today.
Paths that already count as root-equivalent, or as an escalation by sudo, are reported there. Reading `sys/audit`, the
list of audit devices, is not reported: Vault wants sudo for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.policies.acl import LEGACY, READS, SUDO
from bot.vault.policies.escalation import escalations, needs_sudo_at
from bot.vault.policies.policy import PathRule, VaultPolicy
from bot.vault.policies.policy_edits import drop_capability
from bot.vault.policy_use import administration, is_root_rule, related_roles, unused, weighed, where_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Scalar
    from bot.repository import Repository


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each rule with sudo or an old word."""
    for rule in () if administration(policy) else policy.granting:
        if is_root_rule(rule):
            continue
        if rule.legacy is not None and rule.legacy.text in LEGACY and rule.legacy.text != "deny":
            yield _old_word(policy, rule, rule.legacy, repository)
        elif (
            SUDO in rule.capabilities
            and rule.known
            and not (_only_lists(rule) or _reported_elsewhere(policy, rule))
        ):
            yield _sudo(policy, rule, repository)


def _only_lists(rule: PathRule) -> bool:
    """Whether it may only see which audit devices there are: Vault 1.21 wants sudo for that too (tried, 2026-11)."""
    return rule.path == "sys/audit" and rule.capabilities <= READS | {SUDO}


def _reported_elsewhere(policy: VaultPolicy, rule: PathRule) -> bool:
    return any(opened.endpoint.sudo for opened in escalations(rule.path, policy.acl))


def _sudo(policy: VaultPolicy, rule: PathRule, repository: Repository) -> Hit:
    scalar = next(scalar for scalar in rule.written if scalar.text == SUDO)
    text = repository.documents.text(scalar.span.path) or ""
    edit = drop_capability(text, rule, SUDO)
    opened = needs_sudo_at(rule.path)
    severity = weighed(Severity.HIGH, policy, repository) if opened else Severity.LOW
    why = "where no path requires it"
    if opened:
        why = (
            "which only `sudo` opens" if opened == rule.path else f"which opens the protected path `{opened}`"
        )
    cost = "The paths that need `sudo` there are then denied." if opened else ""
    return Hit(
        span=scalar.span,
        subject=policy.subject,
        construct=f"path.{rule.path}.sudo",
        message=f"{where_stored(policy)}The policy `{policy.name}` grants `sudo` on `{rule.shown}`, {why}"
        f"{unused(policy, repository)}.",
        attack="A token with `sudo` can use what Vault keeps for administrators."
        if opened
        else "Anyone who widens the path later grants `sudo` with it.",
        text=rule.text,
        fix=Fix("Leave out `sudo`", (edit,), cost=cost) if edit else None,
        related=related_roles(policy, repository),
        severity=severity,
        effect=Effect.EXPOSES if opened else Effect.WEAKENS,
    )


def _old_word(policy: VaultPolicy, rule: PathRule, written: Scalar, repository: Repository) -> Hit:
    word = written.text
    severity = {"sudo": Severity.HIGH, "write": Severity.MEDIUM}.get(word, Severity.LOW)
    return Hit(
        span=written.span,
        subject=policy.subject,
        construct=f"path.{rule.path}.policy",
        message=f'{where_stored(policy)}`policy = "{word}"` on `{rule.shown}` is the old way to grant '
        f"{', '.join(LEGACY[word])}{unused(policy, repository)}.",
        attack="A reviewer reads one word, and the token gets all these rights.",
        text=rule.text,
        related=related_roles(policy, repository),
        severity=weighed(severity, policy, repository),
        effect=Effect.EXPOSES if word != "read" else Effect.WEAKENS,
    )


RULE = Rule(
    "policy-sudo", VaultPolicy, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW, Severity.INFO)
)
