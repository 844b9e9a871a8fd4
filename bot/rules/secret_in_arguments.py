"""A secret is passed as an argument of a program.

What it finds
-------------
Options that take a secret on the command line although the tool has a safer way: `docker login -p`, `mysql -p`,
`sshpass -p`, `curl -u`, `helm --set`, `docker run -e NAME=value`.

Why it matters
--------------
Arguments are visible to every process of the machine, and end up in error messages and histories. On a shared or
shell runner that is somebody else's job.

Fix
---
`--password-stdin`, or the variable that the tool reads (`MYSQL_PWD`, `PGPASSWORD`, `SSHPASS` with `-e`).

Bad:

```yaml
script:
  - docker login -u ci -p "$REGISTRY_PASSWORD" registry.example.com
```

Good:

```yaml
script:
  - printf '%s' "$REGISTRY_PASSWORD" | docker login -u ci --password-stdin registry.example.com
```

Limits
------
Only tools with a safer form are reported, and never more than low: an isolated container has no neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.programs import safe_form
from bot.leaks.repairs import rewritten
from bot.leaks.wording import confidence_of, masking_of, named_line, places_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.ARGUMENT or leak.source is None:
            continue
        code = safe_form(leak)
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=(
                f"`{leak.source.name}` is an argument of `{leak.command}`, visible to every process of"
                f" the machine; {leak.detail} is safer{went(leak)}. {masking_of(leak)}"
            ),
            attack="Another job on the same runner lists the processes and reads the secret.",
            text=leak.code,
            fix=rewritten(leak, repository.tree.files, code, f"Use {leak.detail}") if code else None,
            severity=Severity.INFO
            if leak.source.origin in {Origin.NAMED, Origin.PREDEFINED}
            else Severity.LOW,
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


RULE = Rule("secret-in-arguments", Job, check, Severity.LOW, effect=Effect.WEAKENS)
