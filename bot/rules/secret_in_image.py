"""A secret becomes part of a container image.

What it finds
-------------
`docker build --build-arg TOKEN=$TOKEN` (also podman, buildah, kaniko), with or without the value written out.

Why it matters
--------------
Build arguments stay in the image's history: `docker history --no-trunc` shows them to everybody who can pull it.

Fix
---
A build secret, which leaves no trace; in the Dockerfile `RUN --mount=type=secret,id=npm ...`.

Bad:

```yaml
script:
  - docker build --build-arg NPM_TOKEN="$NPM_TOKEN" .
```

Good:

```yaml
script:
  - docker build --secret id=npm,env=NPM_TOKEN .
```

Limits
------
Dockerfiles are not read; what they do with the argument is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.telling import confidence_of, named_line, places_of, severity_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.IMAGE or leak.source is None:
            continue
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=(
                f"`{leak.source.name}` is given to the image build as the argument `{leak.detail}` and"
                f" stays in the image's history."
            ),
            attack="Whoever can pull the image reads the secret in its history.",
            text=leak.code,
            severity=severity_of(leak.source) if leak.source.origin is Origin.NAMED else Severity.HIGH,
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


RULE = Rule("secret-in-image", Job, check, Severity.HIGH)
