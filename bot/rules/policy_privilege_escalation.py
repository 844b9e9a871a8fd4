"""A policy lets its holder gain more rights.

What it finds
-------------
Write access to the endpoints that decide about rights: policies, login roles and their configuration,
users, token roles, identities and groups, login methods, audit devices, raw storage, plug-ins, the
connections and roles of secret engines, certificate authorities. Each finding names a concrete path that
the policy opens; a more specific rule that denies it counts.

Why it matters
--------------
A job that may write `sys/policies/acl/ci` writes itself a policy for everything and logs in again. One that
may write `auth/jwt/role/*` gives the production policies to a role for its own project. Both take one
command, and anyone who can change a line of the job's script can run it.

Fix
---
Remove the rule from the policies of jobs. A job that has to configure Vault belongs in a project of its own, with a
role bound to its protected branch and a protected environment.

Bad:

```hcl
path "sys/policies/acl/*" {
  capabilities = ["create", "update"]
}
```

Good, for a job that deploys:

```hcl
path "secret/data/shop/production/*" {
  capabilities = ["read"]
}
```

Limits
------
A policy with three or more such paths is an administrator's: it is reported once.
Critical where a role in this repository gives the policy to jobs, else medium. Endpoints that ask for
`sudo` count only with `sudo`. Reading one's own token (`auth/token/lookup-self` and its kin) and setting
nothing but one's own password are not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.policies.escalation import escalations
from bot.vault.policies.policy import PathRule, VaultPolicy
from bot.vault.policy_use import (
    administration,
    head_of,
    is_root_rule,
    policy_hit,
    related_roles,
    unused,
    weighed,
    where_stored,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_OWN_ACCOUNT = regex(r"auth/[^/]+/users/\{\{\s*identity\.entity\.[^/]*\}\}")


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each rule that opens such an endpoint, by its gravest; one for a policy of administrators."""
    admin = administration(policy)
    if admin:
        if not any(map(is_root_rule, admin)):
            yield _administrators(policy, admin, repository)
        return
    for rule in policy.granting:
        opened = [] if is_root_rule(rule) or _own_password_only(rule) else escalations(rule.path, policy.acl)
        if not opened:
            continue
        worst = next((found for found in opened if found.endpoint.grave), opened[0])
        severity = Severity.CRITICAL if worst.endpoint.grave else Severity.MEDIUM
        used = sorted(rule.capabilities & worst.endpoint.needs)
        gains = list(dict.fromkeys(found.endpoint.gain for found in opened))
        yield policy_hit(
            rule,
            policy,
            repository,
            message=(
                f"With {', '.join(used)} on {_spoken(rule, worst.example)}, a token with the "
                f"policy `{policy.name}` "
                f"can {worst.endpoint.gain}{unused(policy, repository)}."
            ),
            attack=_attack(gains),
            severity=weighed(severity, policy, repository),
        )


def _spoken(rule: PathRule, example: str) -> str:
    """The path as it is written, with an example where it says little of what it opens."""
    says_all = rule.path.rstrip("*+").rstrip("/").count("/") >= example.count("/") - 1
    return f"`{rule.shown}`" if says_all or not rule.known else f"`{rule.shown}` (such as `{example}`)"


def _attack(gains: list[str]) -> str:
    more = f" The same rule lets it {'; '.join(gains[1:3])}." if len(gains) > 1 else ""
    return f"Anyone who can change a job that gets this policy gains that right.{more}"


def _administrators(policy: VaultPolicy, rules: tuple[PathRule, ...], repository: Repository) -> Hit:
    paths = [f"`{rule.shown}`" for rule in rules[:3]]
    more = f" and {len(rules) - len(paths)} more" if len(rules) > len(paths) else ""
    return Hit(
        span=head_of(rules[0]),
        subject=policy.subject,
        construct="administration",
        message=f"{where_stored(policy)}The policy `{policy.name}` grants administration: {', '.join(paths)}{more} "
        f"lead to more rights{unused(policy, repository)}.",
        attack="A job with this policy can give itself any other policy.",
        text="; ".join(rule.text for rule in rules),
        related=related_roles(policy, repository),
        severity=weighed(Severity.CRITICAL, policy, repository),
    )


def _own_password_only(rule: PathRule) -> bool:
    """Whether the rule lets a user set the password of the own account and nothing else."""
    allowed = set(rule.allowed_parameters)
    return bool(allowed) and allowed <= {"password"} and _OWN_ACCOUNT.fullmatch(rule.path) is not None


RULE = Rule(
    "policy-privilege-escalation",
    VaultPolicy,
    check,
    Severity.CRITICAL,
    others=(Severity.MEDIUM, Severity.LOW),
)
