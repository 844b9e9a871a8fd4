"""A role accepts jobs that run the code of a fork.

What it finds
-------------
A role bound by `job_project_id` or another `job_` claim, without `project_id` or `source_project_id` and
without `ref_protected: "true"`.

Why it matters
--------------
When a member runs the pipeline of a fork's merge request, the job runs in the parent project with the
fork's code and the fork's `.gitlab-ci.yml`. `job_project_id` is then the parent's number, `project_id` the
fork's.

| claim | value |
|---|---|
| `job_project_id` | as bound |
| `project_id` | `31337` |
| `ref_protected` | `false` |

Fix
---
Bind `project_id`, and `ref_protected` to `"true"`, which a job of a fork never has.

```json
"project_id": "42",
"ref_protected": "true"
```

Limits
------
With `ref_protected: "true"` nothing is reported: no pipeline of a fork gets it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import binds, bound, boundaries
from bot.vault.claims.witness import open_to_gitlab, witness
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_STORY = (
    "A stranger opens a merge request from a fork, a member presses Run pipeline, and the fork's "
    "code logs in."
)


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at the `job_` claim."""
    claims = boundaries(role)
    if not claims or not all(claim.startswith("job_") for claim in claims):
        return
    if not open_to_gitlab(role) or (
        binds(role, "ref_protected") and "false" not in bound(role, "ref_protected")
    ):
        return
    sources = bound(role, "pipeline_source")
    values = bound(role, claims[0])
    edits = role.amend({("bound_claims", "ref_protected"): "true"})
    yield Hit(
        span=role.place("bound_claims", claims[0]),
        subject=role.subject,
        construct=f"bound_claims.{claims[0]}",
        message=f"The role `{role.name}` accepts jobs that run in the project with the code of a fork.",
        attack=_STORY,
        text=json.dumps({claims[0]: values}, default=str),
        fix=Fix(
            "Bind `ref_protected`, which no fork has",
            edits,
            cost="Pipelines of forks and of unprotected branches can then no longer log in.",
        )
        if edits
        else None,
        witness=witness(
            role,
            _STORY,
            project_id="31337",
            project_path="someone-else/fork",
            ref_protected="false",
            pipeline_source=None if sources else "merge_request_event",
        ),
        severity=Severity.MEDIUM if sources and "merge_request_event" not in sources else None,
    )


RULE = Rule("vault-role-job-project", JwtRole, check, Severity.HIGH, others=(Severity.MEDIUM,))
