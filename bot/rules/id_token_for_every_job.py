"""Every job gets an ID token, also those that need none.

What it finds
-------------
`default: id_tokens` that reaches more than one job, where a job neither names the token nor holds secrets.

Why it matters
--------------
Tests, linters and third-party images can log in to Vault as the role that the deployment uses.

Fix
---
Declare the token in the job that uses it:

```yaml
deploy:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
```

Limits
------
A script that a job runs may use the token without the pipeline naming it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Confidence, Hit, Severity
from bot.pipeline.model import Pipeline
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each default token that jobs hold without a use."""
    del repository
    entry = pipeline.node.entry("default", "id_tokens") if pipeline.node else None
    if entry is None:
        return
    holders = [
        job for job in pipeline.jobs.values() if any(token.from_default for token in job.id_tokens.values())
    ]
    if len(holders) < 2:  # noqa: PLR2004 - one job alone is not "every job"
        return
    idle = [
        job.name
        for job in holders
        if not job.secrets and not any(name in line.text for line in job.scripts for name in job.id_tokens)
    ]
    if not idle:
        return
    yield Hit(
        span=entry.key.span,
        subject="pipeline",
        construct="default.id_tokens",
        message=f"Every job gets these ID tokens; {len(idle)} of {len(holders)} name none of them, "
        f"`{idle[0]}` for one.",
        attack="Code that runs in such a job, a test or a foreign image, logs in to Vault with the token.",
        text="default id_tokens",
        confidence=Confidence.MEDIUM,
    )


RULE = Rule("id-token-for-every-job", Pipeline, check, Severity.MEDIUM)
