"""A cloud accepts merge request pipelines of forks.

What it finds
-------------
A trust whose subject is led by `job_project_path` or `job_project_id`, without `ref_protected:true`.

Why it matters
--------------
These claims name the project in which the job runs. In a merge request pipeline of a fork, started by a member of the
parent project, that is the parent, while the branch is the fork's: a fork's branch called `main` matches. GitLab
closed this for `project_path` in 18.2.2.

| claim | value |
|---|---|
| `job_project_path` | `acme/shop` |
| `project_path` | `someone-else/fork` |
| `ref` | `main` |
| `ref_protected` | `false` |

Fix
---
Use `project_path` or `project_id` as the first component, or add `ref_protected`, which is never `true` for a fork.

```text
project_id:42:ref_type:branch:ref:main:ref_protected:true
```

The components of the subject are a setting of the project; trusts that use the old subject stop matching.

Limits
------
Whether the project allows pipelines of forks is a setting in GitLab, which is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.hits import gets_in, named, reach_hit
from bot.clouds.model import Trust
from bot.clouds.reaches import TrustReach
from bot.clouds.verdict import whole_verdict
from bot.findings import Severity
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.findings import Hit
    from bot.repository import Repository


def check(trust: Trust, _repository: Repository) -> Iterator[Hit]:
    """Yield a hit where a fork's merge request pipeline is accepted."""
    verdict = whole_verdict(trust)
    if verdict.reach is not TrustReach.FORK:
        return
    ref = verdict.claims["ref"]
    yield reach_hit(
        trust,
        f"The {named(trust)} accepts merge request pipelines of forks: it checks the project in which the job runs.",
        f"The author of a fork names a branch `{ref}` and opens a merge request; when a member starts its pipeline,"
        f" the fork's job {gets_in(trust)}.",
        Severity.HIGH,
    )


RULE = Rule("cloud-fork-pipeline", Trust, check, Severity.HIGH)
