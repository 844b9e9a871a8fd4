"""A secret's value is used as the name of a file.

What it finds
-------------
A secret with `file: false` or an ID token where a file is wanted: `cat $SECRET`, `< "$SECRET"`, `ssh -i "$SECRET"`.

Why it matters
--------------
There is no such file, and the error message in the job log names it: it prints the secret.

Fix
---
Drop `file: false`, or write `printf '%s' "$SECRET"` into the program's input.

Limits
------
Only commands that are known to open a file are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.telling import confidence_of, masking_of, named_line, places_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.VALUE_AS_PATH or leak.source is None:
            continue
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=(
                f"The value of `{leak.source.name}` is used as the name of a file; the error message"
                f" prints it to the job log. {masking_of(leak)}"
            ),
            attack="Whoever can read this job's log finds the secret in the error message.",
            text=leak.code,
            severity=Severity.MEDIUM,
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


RULE = Rule("secret-value-as-file", Job, check, Severity.MEDIUM)
