"""A secret is passed as an argument of a program.

What it finds
-------------
- Options that take a secret on the command line although the tool has a safer way: `docker login -p`, `mysql -p`,
  `sshpass -p`, `curl -u`, `helm --set`, `poetry publish -p`, `lftp -u`, `docker run -e NAME=value`.
- Options of any program that are named like a secret: `--token`, `--password`, `--api-key`, `-Dpassword=`; addresses of
  databases with a password in them.

Why it matters
--------------
Arguments are visible to every process of the machine, and end up in error messages and histories. On a shared or
shell runner that is somebody else's job.

Fix
---
Give the secret on standard input (`--password-stdin`) or in the variable that the tool reads (`MYSQL_PWD`,
`PGPASSWORD`, `SSHPASS` with `sshpass -e`).

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
Never more than low: an isolated container has no neighbours. Scripts of the project itself are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.programs import safe_form
from bot.leaks.repairs import rewritten
from bot.leaks.wording import called, leak_hit, masking_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.fixes import Fix
    from bot.leaks.model import Leak
    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.ARGUMENT or leak.source is None:
            continue
        yield leak_hit(
            job,
            leak,
            message=(
                f"`{leak.source.name}` is an argument of {called(leak)}, which other processes on the machine"
                f" can read{went(leak)}. {masking_of(leak)}"
            ),
            attack="Another job on the same runner lists the processes and reads the secret.",
            fix=_fix(leak, repository),
            severity=Severity.INFO
            if leak.source.origin in {Origin.NAMED, Origin.PREDEFINED}
            else Severity.LOW,
            remedy=f"Use {leak.detail}." if leak.detail else "",
        )


def _fix(leak: Leak, repository: Repository) -> Fix | None:
    """The safe form of the command line."""
    code = safe_form(leak)
    fix = rewritten(leak, repository.tree.files, code, f"Use {leak.detail}") if code else None
    if fix is None or leak.command != "curl":
        return fix
    return replace(fix, cost="A quote or a backslash in the password then needs a backslash before it.")


RULE = Rule("secret-in-arguments", Job, check, Severity.LOW, others=(Severity.INFO,), effect=Effect.WEAKENS)
