"""A cloud's condition restricts nothing.

What it finds
-------------
A condition that every ID token of GitLab meets: `...IfExists` or `ForAllValues:` on a key that AWS does not fill for
this issuer, `Null` on a claim that is always there, a negative comparison with a value that no token has, `!= 42` or
`!= true` in a Google attribute condition (claims are text, so the comparison is always true), a Deny on an absent key.

Why it matters
--------------
It looks like a fence and is none. Where the rest of the trust is exact, nothing is open; when the rest is loosened
one day, nothing holds.

Fix
---
Remove it, or compare a claim that the cloud reads.

```json
"StringEquals": { "gitlab.com:ref_protected": "true" }
```

Limits
------
Where the trust is open because of it, the finding about that reports it, and this rule does not.
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

_CLOSED = frozenset({TrustReach.NAMED, TrustReach.PROTECTED, TrustReach.EXACT, TrustReach.NOBODY})


def check(trust: Trust, _repository: Repository) -> Iterator[Hit]:
    """Yield a hit for each condition without effect, where the trust is not open anyway."""
    if verdict_of(trust).reach not in _CLOSED:
        return
    for defect in trust.defects:
        if not defect.blocks:
            yield Hit(
                span=defect.span,
                subject=trust.subject,
                construct=defect.construct,
                message=f"A condition of the {named(trust)} restricts nothing: {defect.message}.",
                text=defect.message,
                fix=defect.fix,
            )


RULE = Rule("cloud-void-condition", Trust, check, Severity.LOW, effect=Effect.WEAKENS)
