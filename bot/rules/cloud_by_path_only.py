"""A cloud knows the project by a path, which can change hands.

What it finds
-------------
A trust for one project and its refs that compares the project's path, and no number.

Why it matters
--------------
A project is renamed, moved or deleted, and its path is free: the next project with that path gets the credentials.
Numbers are never given twice. GitLab.com refuses ID tokens for a path that another project had since June 2026, for
paths that were freed since then; older self-managed versions do not.

| claim | value |
|---|---|
| `sub` | as compared |
| `project_id` | `31337` |

Fix
---
Compare the number too: `project_id` on AWS (gitlab.com alone) and on Google Cloud, a subject that begins with
`project_id:` elsewhere (a setting of the project).

```json
"StringEquals": { "gitlab.com:project_id": "42" }
```

Limits
------
Low: the path has to be free. Wider trusts, which other rules report, are not reported for their path as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.clouds.hits import gets_in, named, stricter_fix
from bot.clouds.model import Trust
from bot.clouds.reaches import TrustReach
from bot.clouds.verdict import whole_verdict
from bot.findings import Effect, Hit, Severity, Witness
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.fixes import Fix
    from bot.repository import Repository

_ONE_PROJECT = frozenset(
    {
        TrustReach.PUSHER,
        TrustReach.TAG,
        TrustReach.CASE,
        TrustReach.NAMED,
        TrustReach.PROTECTED,
        TrustReach.EXACT,
    }
)
_NUMBERS = ("project_id", "job_project_id", "source_project_id")
_OTHER = "31337"
_COST = "A trust that names several projects then accepts this one alone."


def check(trust: Trust, repository: Repository) -> Iterator[Hit]:
    """Yield a hit where a project with the same path and another number is accepted."""
    verdict = whole_verdict(trust)
    if verdict.reach not in _ONE_PROJECT:
        return
    claims = verdict.claims | dict.fromkeys(_NUMBERS, _OTHER)
    claims["sub"] = re.sub(r"(project_id:)\d+", rf"\g<1>{_OTHER}", claims["sub"])
    if not trust.accepts(claims):
        return
    attack = (
        f"The project is renamed or deleted, somebody else takes its path, and their job {gets_in(trust)}."
    )
    shown = {name: claims[name] for name in ("sub", "project_path", "project_id", "ref")}
    yield Hit(
        span=trust.place_of(claims),
        subject=trust.subject,
        construct=f"path.{trust.issuer}",
        message=(
            f"The {named(trust)} knows the project by the path `{claims['project_path']}` alone, and a path can change"
            " hands."
        ),
        attack=attack,
        text=claims["sub"],
        witness=Witness("claims", shown, attack),
        fix=_fix(trust, claims["project_path"], repository),
    )


def _fix(trust: Trust, path: str, repository: Repository) -> Fix | None:
    """Return the fix for a trust of the very project under review, the only one whose number is known."""
    project = repository.tree.project
    reads = trust.stricter.reads if trust.stricter is not None else frozenset()
    if project.id is None or project.path != path or (reads is not None and "project_id" not in reads):
        return None
    return stricter_fix(trust, ("project_id", str(project.id)), _COST, repository)


RULE = Rule("cloud-by-path-only", Trust, check, Severity.LOW, effect=Effect.WEAKENS)
