"""A role accepts every project of a group.

What it finds
-------------
A role for GitLab jobs that is bound to a group (`namespace_id`, `namespace_path`, a `project_path` such as
`group/*`) and to no project.

Why it matters
--------------
Anyone who may create a project in the group makes one that matches, and decides there which branches are
protected: `ref` and `ref_protected` add nothing. In many groups every Developer may create projects.

| claim | value |
|---|---|
| `namespace_path` | as bound |
| `project_path` | a new project in the group |
| `ref_protected` | `true` |

Fix
---
Bind the projects by their numbers (`"project_id": ["12", "34"]`), or make one role for each. A new project then has
to be added by hand.

```json
"bound_claims": { "project_id": ["12", "22"], "namespace_id": "7" }
```

Limits
------
Who may create projects in the group is a setting of GitLab that a review does not see.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import bound, boundaries, is_group_wide, serves_production
from bot.vault.claims.witness import filled, open_to_gitlab, witness
from bot.vault.reach import reach_of, reaches_own_project_only
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_STORY = "Anyone who may create a project in the group makes one, protects a branch there and logs in."


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit where every boundary is a group."""
    claims = boundaries(role)
    if not claims or not open_to_gitlab(role) or not all(is_group_wide(role, claim) for claim in claims):
        return
    claim = claims[0]
    groups = [_group(claim, str(value)) for value in bound(role, claim)]
    group = groups[0]
    shown = ", ".join(f"`{each}`" for each in groups)
    named = f"the group {shown}" if len(groups) == 1 else f"the groups {shown}"
    yield Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=(
            f"The role `{role.name}` accepts every project of {named}, also one that is created tomorrow."
        ),
        attack=_STORY,
        text=json.dumps({claim: bound(role, claim)}, default=str),
        witness=witness(
            role,
            _STORY,
            project_id="31337",
            project_path=f"{filled(group, 'x')}/app" if claim != "sub" else None,
            ref_protected="true",
        ),
        severity=_severity(role, repository),
    )


def _group(claim: str, value: str) -> str:
    """The group that a bound value names, without what is behind its path."""
    if claim == "sub":
        return value.removeprefix("project_path:").partition("/*")[0]
    return value.removesuffix("/*") if claim.endswith("project_path") else value


def _severity(role: JwtRole, repository: Repository) -> Severity:
    if reach_of(role, repository.vault).privileged:
        return Severity.CRITICAL
    if reaches_own_project_only(role, repository.vault):
        return Severity.LOW
    return Severity.HIGH if serves_production(role) else Severity.MEDIUM


RULE = Rule(
    "vault-role-for-namespace",
    JwtRole,
    check,
    Severity.HIGH,
    others=(Severity.CRITICAL, Severity.MEDIUM, Severity.LOW),
)
