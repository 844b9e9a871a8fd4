"""A cloud's condition matches no GitLab job.

What it finds
-------------
A condition that no ID token of GitLab meets: a `*` under `StringEquals` or in a classic Azure subject, a claim that
the cloud does not read for this issuer (`environment`, or `ref_protected` of a self-managed host on AWS), a key of
another host, a subject that GitLab never writes (`repo:...`, `environment:` in it), a number or boolean compared with
a claim that is text.

Why it matters
--------------
Nobody gets credentials by it, also not the job that it was written for. The usual next step is to loosen it until it
works, and then it accepts too much.

Fix
---
Compare claims that the cloud reads, as text, in the form in which GitLab writes them.

```json
"StringEquals": { "gitlab.example.com:sub": "project_path:acme/shop:ref_type:branch:ref:main" }
```

Limits
------
The components of a subject are a setting of the project: a subject with components that GitLab allows is taken as it
is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.hits import named
from bot.clouds.model import Trust
from bot.clouds.reaches import TrustReach
from bot.clouds.verdict import verdict_of
from bot.findings import Effect, Hit, Severity
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(trust: Trust, _repository: Repository) -> Iterator[Hit]:
    """Yield a hit for each condition that is never met."""
    nobody = verdict_of(trust).reach is TrustReach.NOBODY
    for defect in trust.defects:
        if not defect.blocks:
            continue
        refuses = nobody and defect.decisive
        effect = "so it accepts no job" if refuses else "so this part of it matches nothing"
        yield Hit(
            span=defect.span,
            subject=trust.subject,
            construct=defect.construct,
            message=f"The {named(trust)} has a condition that no token meets, {effect}: {defect.message}.",
            attack="Jobs that need it get no credentials." if refuses else "",
            text=defect.message,
            fix=defect.fix,
            severity=Severity.MEDIUM if refuses else Severity.LOW,
        )


RULE = Rule(
    "cloud-never-matches", Trust, check, Severity.MEDIUM, others=(Severity.LOW,), effect=Effect.BREAKS
)
