"""A Google Cloud binding accepts tokens of two issuers.

What it finds
-------------
A member of a workload identity pool that has providers for two GitLab instances, both of which map the attribute: an
IAM member names the pool and not the provider.

Why it matters
--------------
Project 42 of one instance and project 42 of the other one are different projects; the binding accepts both. The
binding is as loose as the looser of the two providers.

Fix
---
Make one pool for each provider.

```hcl
resource "google_iam_workload_identity_pool" "gitlab_com" {
  workload_identity_pool_id = "gitlab-com"
}
```

Bindings for the moved provider have to name the new pool.

Limits
------
Providers and bindings are joined by the pool's id; the project of the pool is taken to be the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.hits import named
from bot.clouds.model import Trust
from bot.clouds.reaches import TrustReach
from bot.clouds.verdict import whole_verdict
from bot.findings import Hit, Related, Severity, Witness
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_OPEN = frozenset({TrustReach.ISSUER, TrustReach.PERSON, TrustReach.NOBODY})


def check(trust: Trust, _repository: Repository) -> Iterator[Hit]:
    """Yield a hit where another issuer's tokens are accepted by the same member."""
    verdict = whole_verdict(trust)
    if not trust.rivals or verdict.reach in _OPEN:
        return
    (name, host, span), *_ = trust.rivals
    story = f"Anyone whose project on {host} has the same attribute value runs a job that gets access."
    hosts = " and ".join(sorted((trust.issuer, host)))
    yield Hit(
        span=trust.member_span or trust.head,
        subject=trust.subject,
        construct="member.pool",
        message=f"The {named(trust)} accepts the same attribute from {hosts}: the providers share a pool.",
        attack=story,
        text=hosts,
        witness=Witness("claims", {**verdict.shown(trust), "iss": f"https://{host}"}, story),
        related=(Related(span, f"the provider {name} of the same pool"),),
    )


RULE = Rule("cloud-shared-pool", Trust, check, Severity.HIGH)
