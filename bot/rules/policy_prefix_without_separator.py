"""A policy's path ends in `*` right behind a name.

What it finds
-------------
Paths like `secret/data/app*` or `secret/data/team_*`: the `*` is not behind a slash.

Why it matters
--------------
Vault matches the characters, not the folders: `secret/data/app*` also opens `secret/data/app-admin` and
`secret/data/apple`. Anyone who may create a project or folder whose name starts alike has its secrets read by
the wrong job, or reads those of others.

Fix
---
End the name with a slash, and list the entry itself where it is read too. Paths that go on right behind the name are
then denied.

Bad:

```hcl
path "secret/data/app*" {
  capabilities = ["read"]
}
```

Good:

```hcl
path "secret/data/app" {
  capabilities = ["read"]
}
path "secret/data/app/*" {
  capabilities = ["read"]
}
```

Limits
------
Where a dash or a dot is before the `*`, it may be meant as the boundary: low. Vault's own backends
(`sys/`, `auth/`) are left out: their names are fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.policies.acl import DENY, pattern_of
from bot.vault.policies.policy import VaultPolicy
from bot.vault.policies.policy_edits import split_path
from bot.vault.policy_use import is_system, policy_hit, weighed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# Behind an identifier that Vault makes, no other can start alike.
_FIXED_LENGTH = regex(r"\{\{\s*identity\.(?:entity|groups)\.[^{}]*\bid\s*\}\}$")


def check(policy: VaultPolicy, repository: Repository) -> Iterator[Hit]:
    """A hit for each path with a `*` behind a name."""
    for rule in policy.granting:
        pattern = pattern_of(rule.path)
        name = pattern.text.rsplit("/", 1)[-1]
        if not pattern.is_prefix or not name or "*" in pattern.text or is_system(rule.path):
            continue
        if (
            DENY in rule.capabilities
            or not rule.capabilities
            or _FIXED_LENGTH.search(name)
            or not _ends_known(name)
        ):
            continue
        meant = name[-1] in "-."
        neighbour = pattern.text + ("admin" if meant else "-admin")
        edit = split_path(repository.documents.text(rule.path_scalar.span.path) or "", rule)
        yield policy_hit(
            rule,
            policy,
            repository,
            message=f"`{rule.shown}` also covers `{neighbour}`: there is no slash before the `*`.",
            attack="Secrets whose names merely start alike are open to the same jobs.",
            fix=Fix(
                "End the name with a slash",
                (edit,),
                cost="Paths that go on right behind the name are then denied.",
            )
            if edit
            else None,
            severity=Severity.LOW if meant else weighed(Severity.HIGH, policy, repository),
        )


def _ends_known(name: str) -> bool:
    """Whether the characters before the `*` are written here, not filled in by a program."""
    return name[-1].isalnum() or name[-1] in "_-." or name.endswith("}}")


RULE = Rule(
    "policy-prefix-without-separator",
    VaultPolicy,
    check,
    Severity.HIGH,
    others=(Severity.MEDIUM, Severity.LOW),
)
