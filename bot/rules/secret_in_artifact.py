"""A secret's value is in a file that the job uploads.

What it finds
-------------
Files that hold a secret and match `artifacts:paths`, `artifacts:reports` (dotenv above all), `cache:paths` or the
folder of a `pages` job when the job ends.

Why it matters
--------------
Artifacts are downloaded by everybody who may see the pipeline, those of public projects by anybody. A dotenv report
becomes a variable of later jobs, without masking.

Fix
---
Write it outside the project (`"$(mktemp)"`), delete it before the job ends,
    or fetch the secret in the job that uses it.

Limits
------
What programs write by themselves (logs, core dumps) is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.findings import Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.telling import confidence_of, named_line
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


_NAMES: Final = {
    "artifacts": "The artifacts",
    "cache": "The caches",
    "dotenv": "The dotenv report's variables",
    "pages": "The pages",
}


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.UPLOAD or leak.source is None:
            continue
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=(
                f"{_NAMES[leak.command]} take a file with the value of `{leak.source.name}` with them:"
                f" `{leak.detail.split(':')[1]}`, by the pattern `{leak.detail.split(':', 2)[2]}`."
            ),
            attack="Whoever can download the job's artifacts reads the secret in the file.",
            text=leak.code,
            severity=Severity.MEDIUM
            if leak.command == "cache" or leak.source.origin is Origin.NAMED
            else Severity.HIGH,
            confidence=confidence_of(leak),
        )


RULE = Rule("secret-in-artifact", Job, check, Severity.HIGH)
