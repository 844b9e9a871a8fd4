"""A script prints a secret's value to the job log.

What it finds
-------------
A command whose output holds a secret's value and reaches the log: `echo "$DB_PASSWORD"`, `cat` of a file-type
secret, a here-document, also after the value went through variables, functions, arrays or files.

Why it matters
--------------
Everybody who may read the job's log reads the secret, and logs are kept, mailed and indexed. Masking hides the
exact value on one line and nothing else.

Fix
---
Do not print it. To see whether it is there, say so. `echo "$DB_PASSWORD" | docker login --password-stdin` is right:
nothing of it reaches the log.

Bad:

```yaml
script:
  - echo "password $DB_PASSWORD"
```

Good:

```yaml
script:
  - '[ -n "${DB_PASSWORD:-}" ] && echo "DB_PASSWORD is set"'
```

Limits
------
Programs that are not part of the script are not followed. A variable of which only the name looks secret counts
with medium confidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.repairs import rewritten, without_print, without_value
from bot.leaks.wording import confidence_of, masking_of, named_line, places_of, severity_of, way_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each command that prints a secret's value."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.LOG or leak.source is None:
            continue
        code = without_value(leak) or without_print(leak)
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=f"The value of `{leak.source.name}` is printed to the job log: {way_of(leak)}. {masking_of(leak)}",
            attack="Whoever can read this job's log reads the secret there and uses it.",
            text=leak.code,
            fix=rewritten(leak, repository.tree.files, code, "Print the name, not the value")
            if code
            else None,
            severity=severity_of(leak.source),
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


RULE = Rule("secret-in-log", Job, check, Severity.HIGH)
