"""A verbose option prints the credentials of a request.

What it finds
-------------
`curl -v`, `wget -d`, `http --verbose`, `kubectl -v=8` on a command that carries a secret in its arguments.

Why it matters
--------------
Verbose output shows the request's headers, the `Authorization` header among them, base64-encoded where it is a
password. Masking does not know that form.

Fix
---
Take the option out: `curl -sS --fail`, and `-w '%{http_code}' -o /dev/null` where you need the status.

Limits
------
Options that come from a configuration file are not seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.repairs import rewritten
from bot.leaks.telling import confidence_of, masking_of, named_line
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.VERBOSE or leak.source is None:
            continue
        code = re.sub(r"\s(?:-v|--verbose)(?=\s|$)", "", leak.code)
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=(
                f"The request is printed to the job log with its headers, `{leak.source.name}` in"
                f" them. {masking_of(leak)}"
            ),
            attack="Whoever can read this job's log takes the credential from the printed header.",
            text=leak.code,
            fix=rewritten(leak, repository.tree.files, code, "Do not print the request"),
            severity=Severity.MEDIUM,
            confidence=confidence_of(leak),
        )


RULE = Rule("verbose-transport", Job, check, Severity.MEDIUM)
