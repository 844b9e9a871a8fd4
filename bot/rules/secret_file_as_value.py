"""A secret of type file is used as if the variable held its value.

What it finds
-------------
A secret without `file: false`, whose variable holds the path of a file, given to something that wants the value:
`--password "$DB_PASSWORD"`, `PGPASSWORD=$DB_PASSWORD`, `psql "$DATABASE_URL"`.

Why it matters
--------------
The program gets a path instead of the secret and fails to log in. The next step is usually a `cat` or an `echo` to see
why, and that prints the secret.

Fix
---
Read the file, or let the variable hold the value with `file: false`. The latter is offered where the job uses the
secret several times, each time as a value.

Bad:

```yaml
secrets:
  DB_PASSWORD:
    vault: app/db/password@secret
script:
  - ./migrate --password "$DB_PASSWORD"
```

Good:

```yaml
secrets:
  DB_PASSWORD:
    vault: app/db/password@secret
script:
  - ./migrate --password "$(cat "$DB_PASSWORD")"
```

Limits
------
Only options and variables whose name says that they take a value are reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import insert_key, set_scalar
from bot.documents.nodes import Mapping, Scalar
from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.leaks.model import Sink
from bot.leaks.repairs import reading_file, rewritten
from bot.leaks.telling import confidence_of, named_line, places_of
from bot.pipeline.model import Job
from bot.pipeline.places import found_in_scripts
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import Leak
    from bot.repository import Repository

_SEVERAL = 2


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.PATH_AS_VALUE or leak.source is None:
            continue
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=(
                f"`{leak.source.name}` holds the path of a file here, not the value: the secret is of"
                f" type file (no `file: false`)."
            ),
            attack="Nobody gets in by this; it fails, and the usual next step prints the secret to the log.",
            text=leak.code,
            fix=_fix(leak, leak.source.name, job, repository),
            severity=Severity.MEDIUM,
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


def _fix(leak: Leak, name: str, job: Job, repository: Repository) -> Fix | None:
    """`file: false` for a secret that the job uses more than once and always as a value; else the file is read here."""
    files = repository.tree.files
    code = reading_file(leak)
    read = rewritten(leak, files, code, "Read the file") if code else None
    secret = job.secrets.get(name)
    body = secret.entry.value if secret else None
    uses = len(list(found_in_scripts(job, re.compile(rf"\$\{{?{name}\b"))))
    as_value = {
        other.span
        for other in repository.leaks(job)
        if other.sink is Sink.PATH_AS_VALUE and other.source and other.source.name == name
    }
    if (
        uses < _SEVERAL
        or uses != len(as_value)
        or not isinstance(body, Mapping)
        or body.span.path not in files
    ):
        return read
    written = body.get("file")
    text = files[body.span.path]
    edit = (
        set_scalar(text, written, value=False)
        if isinstance(written, Scalar)
        else insert_key(text, body, "file", value=False)
    )
    return Fix(f"Let {name} hold the value", (edit,), otherwise=read) if edit else read


RULE = Rule("secret-file-as-value", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
