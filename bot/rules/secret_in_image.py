"""A secret becomes part of a container image.

What it finds
-------------
- `docker build --build-arg TOKEN=$TOKEN` (also podman, buildah, kaniko), with or without the value written out.
- `build: args:` of a compose file and `args` of a bake file that the job builds with, `docker buildx bake --set
  app.args.TOKEN=$TOKEN`.
- In the Dockerfile of such a build, `ENV` from an argument that carries a secret, and `COPY` or `ADD` of a file that
  the job's script wrote a secret into and `.dockerignore` does not keep out.

Why it matters
--------------
Build arguments stay in the image's history: `docker history --no-trunc` shows them to everybody who can pull it.

Fix
---
Use a build secret, which leaves no trace in the image: `docker build --secret id=npm,env=NPM_TOKEN .`, and in the
Dockerfile `RUN --mount=type=secret,id=npm ...`.

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
Of a Dockerfile the last stage counts, and the stages it builds upon. What `RUN` does with a secret is not known, nor
what a bake target inherits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.wording import leak_hit, masking_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import Leak
    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.IMAGE or leak.source is None:
            continue
        yield leak_hit(
            job,
            leak,
            message=f"{_message(leak, leak.source.name)}{went(leak)}. {masking_of(leak)}",
            attack="Anyone who can pull the image reads the secret in its history.",
            severity=Severity.MEDIUM if leak.source.origin is Origin.NAMED else Severity.HIGH,
        )


def _message(leak: Leak, name: str) -> str:
    if leak.command == "ENV":
        return f"The image keeps `{name}` as its variable `{leak.detail}`, for every container that is started from it"
    if leak.command in {"COPY", "ADD"}:
        return f"`{leak.detail}` comes into the image, and it contains the value of `{name}`"
    return f"`{name}` is given to the image build as the argument `{leak.detail}` and stays in the image's history"


RULE = Rule("secret-in-image", Job, check, Severity.HIGH, others=(Severity.MEDIUM,))
