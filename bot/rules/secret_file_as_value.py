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
Read the file: `--password "$(cat "$DB_PASSWORD")"`; or let the variable hold the value with `file: false`.

Limits
------
Only options and variables whose name says that they take a value are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.repairs import reading_file, rewritten
from bot.leaks.telling import confidence_of, named_line, places_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.PATH_AS_VALUE or leak.source is None:
            continue
        code = reading_file(leak)
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
            fix=rewritten(leak, repository.tree.files, code, "Read the file") if code else None,
            severity=Severity.MEDIUM,
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


RULE = Rule("secret-file-as-value", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
