"""A role gives CI jobs an administrator's policy.

What it finds
-------------
A role for GitLab jobs with the policy `root`, with one that opens all of Vault (where the
repository has the policy), or with one whose name says admin, superuser, sudo or operator.

Why it matters
--------------
Anyone who can start such a job rules Vault: they write policies, read every secret and switch off the audit
log. With `root` it is the intent that is wrong: Vault refuses such logins.

Fix
---
Give the role a policy of its own, with the paths that its jobs need. Everything else is then denied.

```json
"token_policies": ["app-prod-read"]
```

Limits
------
A pipeline that configures Vault itself needs much; where its role binds project, ref, `ref_protected` and
`environment_protected` it is reported one step milder.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Confidence, Effect, Hit, Related, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import binds, policies, requires
from bot.vault.claims.role_jobs import is_for_gitlab
from bot.vault.claims.witness import can_match
from bot.vault.policies.acl import WRITES
from bot.vault.policies.escalation import is_everything
from bot.vault.reach import policy_of
from bot.vault.reading import known
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository
    from bot.vault.policies.policy import PathRule

_ADMIN = regex(
    r"(?:^|[-_/])(?:admin|administrator|superuser|sudo|operator|god|root)(?:$|[-_/])", re.IGNORECASE
)


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at each policy of this kind."""
    if not is_for_gitlab(role, repository):
        return
    guarded = requires(role, "ref_protected", "true") and requires(role, "environment_protected", "true")
    milder = guarded and binds(role, "project_id") and binds(role, "ref", "ref_path")
    for name in policies(role):
        rules = _all_powerful(role, name, repository)
        if not known(name) or not (rules or _ADMIN.search(name)):
            continue
        root = name == "root"
        if not root and not can_match(role):
            continue
        field = "token_policies" if "token_policies" in role else "policies"
        yield Hit(
            span=role.place(field),
            subject=role.subject,
            construct=f"{field}.{name}",
            message=(
                f"The role `{role.name}` lists the policy `root`: Vault refuses such logins."
                if root
                else f"The role `{role.name}` gives its jobs the policy `{name}`, which grants `{rules[0].path}`."
                if rules
                else f"The role `{role.name}` gives its jobs the policy `{name}`, an administrator's by its name."
            ),
            attack="Every login fails."
            if root
            else "Anyone who can start a job that this role accepts controls Vault.",
            text=f"policy {name}",
            related=tuple(Related(rule.span, "the policy") for rule in rules[:1]),
            severity=Severity.MEDIUM if root or milder else Severity.CRITICAL if rules else None,
            confidence=Confidence.HIGH if rules or root else None,
            effect=Effect.BREAKS if root else None,
            remedy="Name another policy: no role can give `root`." if root else "",
        )


def _all_powerful(role: JwtRole, name: str, repository: Repository) -> list[PathRule]:
    """The rules of the policy, where the repository has it, that open all of Vault or a part of its own."""
    policy = policy_of(role, name, repository.vault)
    rules = policy.granting if policy else ()
    return [rule for rule in rules if is_everything(rule.path) and rule.capabilities & WRITES]


RULE = Rule(
    "vault-role-admin-policy",
    JwtRole,
    check,
    Severity.HIGH,
    Confidence.MEDIUM,
    others=(Severity.CRITICAL, Severity.MEDIUM),
)
