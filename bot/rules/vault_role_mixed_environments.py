"""One role serves production and other stages.

What it finds
-------------
A role with policies of production and of another stage, or with a production policy and a list of refs in
which a development branch is beside the main one, or with more than ten projects.

Why it matters
--------------
A list means "or": the weakest member decides. Anyone who may push `develop` gets what `main` gets.

Fix
---
Make one role for each stage, with its own policy and its own ref or environment.

```json
"bound_claims": { "project_id": "42", "ref": "main" },
"token_policies": ["app-prod-read"]
```

Limits
------
Stages are recognised by the words prod, dev, test, staging and their like in names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Confidence, Effect, Hit, Severity
from bot.rule import Rule
from bot.vault.claims.bounds import (
    bound,
    for_gitlab,
    is_other_stage,
    is_production,
    policies,
    serves_production,
)
from bot.vault.claims.witness import witness
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_MOST_PROJECTS = 10


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """At most one hit."""
    if not for_gitlab(role):
        return
    names = policies(role)
    live, other = [n for n in names if is_production(n)], [n for n in names if is_other_stage(n)]
    refs = [str(ref) for ref in bound(role, "ref")]
    weak = [ref for ref in refs if is_other_stage(ref)]
    projects = bound(role, "project_id")
    if live and other:
        field = "token_policies" if "token_policies" in role else "policies"
        problem = f"gives policies of several stages at once (`{live[0]}`, `{other[0]}`)"
        yield _hit(role, (field,), problem, None)
    elif serves_production(role) and weak and len(weak) < len(refs):
        yield _hit(
            role,
            ("bound_claims", "ref"),
            f"serves production and also accepts the branch `{weak[0]}`",
            weak[0],
        )
    elif len(projects) > _MOST_PROJECTS:
        yield _hit(role, ("bound_claims", "project_id"), f"serves {len(projects)} projects at once", None)


def _hit(role: JwtRole, route: tuple[str, ...], problem: str, ref: str | None) -> Hit:
    story = (
        f"Anyone who may push `{ref}` gets what the main branch gets."
        if ref
        else "Anyone who can run a job for one of them gets the access of all."
    )
    return Hit(
        span=role.place(*route),
        subject=role.subject,
        construct=".".join(route),
        message=f"The role `{role.name}` {problem}.",
        attack=story,
        text=json.dumps([route, problem]),
        witness=witness(role, story, ref=ref) if ref else None,
    )


RULE = Rule(
    "vault-role-mixed-environments", JwtRole, check, Severity.MEDIUM, Confidence.MEDIUM, Effect.WEAKENS
)
