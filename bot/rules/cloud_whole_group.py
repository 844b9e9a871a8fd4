"""A cloud accepts jobs of every project in a group.

What it finds
-------------
A trust for GitLab jobs that names a group and no project: `project_path:acme/*`, a project's name with a `*` behind
it (`acme/shop*`), `namespace_id` alone, `startsWith("acme/")`.

Why it matters
--------------
Anyone who can create a project in the group, or in one of its subgroups, runs a job there that the cloud accepts. With
`acme/shop*` a new project `acme/shop-other` is enough.

| claim | value |
|---|---|
| `sub` | `project_path:acme/shop-other:ref_type:branch:ref:main` |

Fix
---
Name the projects, each in full. A new project then has to be added by hand.

```hcl
values = [
  "project_path:acme/shop:ref_type:branch:ref:main",
  "project_path:acme/cart:ref_type:branch:ref:main",
]
```

A new project then needs a line of its own.

Limits
------
Where a group is meant and only administrators create projects in it, a Maintainer can ignore the finding with that
reason.
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
    """Yield a hit where another project of a named group is accepted."""
    verdict = whole_verdict(trust)
    if verdict.reach is not TrustReach.GROUP:
        return
    path = verdict.claims["project_path"]
    group = path.partition("/")[0]
    whose = f"the group `{group}`" if _names(trust, group) else "a group"
    yield reach_hit(
        trust,
        f"The {named(trust)} accepts jobs of new projects in {whose}, such as `{path}`.",
        f"Anyone who can create a project in the group runs a job in it and {gets_in(trust)}.",
        Severity.HIGH,
    )


def _names(trust: Trust, group: str) -> bool:
    return trust.tenant == group or any(group in hint.text for hint in trust.hints)


RULE = Rule("cloud-whole-group", Trust, check, Severity.HIGH)
