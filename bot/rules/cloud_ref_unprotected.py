"""A cloud trusts the name of a ref, not its protection.

What it finds
-------------
A trust that names the project and the ref, and does not check `ref_protected`.

Why it matters
--------------
The name says nothing about who can push. GitLab protects the default branch of a new project; a branch such as
`release-1` or a tag is protected only where somebody has set that up, and a protection can be removed later without a
change here. Before GitLab 18.2.2 a fork's branch of the same name matched in a merge request pipeline.

| claim | value |
|---|---|
| `sub` | as checked |
| `ref_protected` | `false` |

Fix
---
Check `ref_protected`, a string: as a condition key on AWS (gitlab.com alone), in the attribute condition on Google
Cloud, as a component of the subject elsewhere.

```json
"StringEquals": { "gitlab.com:ref_protected": "true" }
```

Jobs on the ref stop getting credentials while it is unprotected.

Limits
------
Whether the ref is protected in GitLab today is not looked at. Low for `main` and `master`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.hits import PROTECTED_COST, gets_in, named, reach_hit, stricter_fix
from bot.clouds.model import Trust
from bot.clouds.reaches import TrustReach, is_default_branch
from bot.clouds.verdict import whole_verdict
from bot.findings import Effect, Severity
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.findings import Hit
    from bot.repository import Repository


def check(trust: Trust, repository: Repository) -> Iterator[Hit]:
    """Yield a hit where the named ref is accepted without protection."""
    verdict = whole_verdict(trust)
    if verdict.reach is not TrustReach.NAMED:
        return
    claims = verdict.claims
    ref = f"{claims['ref_type']} `{claims['ref']}`"
    is_default = claims["ref_type"] == "branch" and (
        is_default_branch(claims["ref"]) or claims["ref"] == repository.tree.project.default_branch
    )
    yield reach_hit(
        trust,
        f"The {named(trust)} accepts the {ref} whether it is protected or not.",
        f"Anyone who can push the {ref} while it is unprotected runs a job that {gets_in(trust)}.",
        Severity.LOW if is_default else Severity.MEDIUM,
        stricter_fix(trust, ("ref_protected", "true"), PROTECTED_COST, repository),
    )


RULE = Rule(
    "cloud-ref-unprotected", Trust, check, Severity.MEDIUM, others=(Severity.LOW,), effect=Effect.WEAKENS
)
