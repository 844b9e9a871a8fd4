"""A cloud accepts jobs of unprotected branches or tags.

What it finds
-------------
A trust for GitLab jobs that names the project and leaves the ref open: `project_path:acme/shop:*`, `...:ref:*`, a
pattern that a new branch can match (`release*`, `*main`, `v?`), `ref_type:*`, a comparison that ignores case.

Why it matters
--------------
Anyone who can push a branch or a tag to the project runs a job of their own on it. The subject of a merge request
pipeline is that of its source branch, so "any branch" includes every merge request.

| claim | value |
|---|---|
| `sub` | `project_path:acme/shop:ref_type:branch:ref:feature-x` |
| `ref_protected` | `false` |

Fix
---
Name the branch in full, and where the cloud reads `ref_protected`, check that it is `"true"`. Jobs on other refs then
get no credentials.

```json
"StringEquals": {
  "gitlab.com:sub": "project_path:acme/shop:ref_type:branch:ref:main",
  "gitlab.com:ref_protected": "true"
}
```

Pipelines of other branches and of merge requests can then no longer get credentials.

Limits
------
AWS reads `ref_protected` for gitlab.com alone. Elsewhere make it a component of the subject (GitLab 18.7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.hits import PROTECTED_COST, gets_in, named, reach_hit, stricter_fix
from bot.clouds.model import Trust
from bot.clouds.reaches import TrustReach
from bot.clouds.verdict import whole_verdict
from bot.findings import Severity
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.findings import Hit
    from bot.repository import Repository

_REFS = frozenset({"sub", "ref", "ref_type", "ref_path", "ref_protected", ""})


def check(trust: Trust, repository: Repository) -> Iterator[Hit]:
    """Yield a hit where a ref is accepted that anyone who can push creates."""
    verdict = whole_verdict(trust)
    if verdict.reach not in {TrustReach.PUSHER, TrustReach.TAG, TrustReach.CASE}:
        return
    claims = verdict.claims
    ref = f"{claims['ref_type']} `{claims['ref']}`"
    message = {
        TrustReach.PUSHER: f"The {named(trust)} accepts unprotected refs of the project, such as the {ref}.",
        TrustReach.TAG: f"The {named(trust)} accepts tags and branches alike, such as the {ref}.",
        TrustReach.CASE: f"The {named(trust)} ignores the case of the ref: `{claims['ref']}` is another branch.",
    }[verdict.reach]
    yield reach_hit(
        trust,
        message,
        f"Anyone who can push to the project creates the {ref}, and a job on it {gets_in(trust)}.",
        _severity(trust, verdict.reach),
        stricter_fix(trust, ("ref_protected", "true"), PROTECTED_COST, repository),
    )


def _severity(trust: Trust, reach: TrustReach) -> Severity:
    names_ref = any(hint.claim in _REFS for hint in trust.hints)
    return Severity.HIGH if reach is TrustReach.PUSHER and names_ref else Severity.MEDIUM


RULE = Rule("cloud-any-ref", Trust, check, Severity.HIGH, others=(Severity.MEDIUM,))
