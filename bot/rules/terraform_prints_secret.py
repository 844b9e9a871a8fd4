"""Terraform shows a secret.

What it finds
-------------
`terraform output -json` and `-raw`, `terraform state pull`, `terraform show -json` with the output in the job log, and
`-var "password=$X"` on the command line.

Why it matters
--------------
State and plan hold every secret that Terraform manages, in plain text. Nothing masks them.

Fix
---
`terraform output -raw name > "$(mktemp)"`, or capture it; `TF_VAR_password` instead of `-var`.

Limits
------
What providers print by themselves is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.repairs import quiet, rewritten
from bot.leaks.telling import confidence_of, masking_of, named_line, places_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.TERRAFORM or leak.source is None:
            continue
        code = None if leak.detail == "-var" else quiet(leak)
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=named_line(leak),
            message=f"`{leak.source.name}` is an argument of Terraform, seen by every process; use `TF_VAR_...`."
            if leak.detail == "-var"
            else f"`{leak.source.name}` prints {leak.detail} to the job log. {masking_of(leak)}",
            attack="Whoever can read this job's log, or its machine's processes, reads the secret.",
            text=leak.code,
            fix=rewritten(leak, repository.tree.files, code, "Do not print it") if code else None,
            severity=Severity.LOW if leak.detail == "-var" else Severity.HIGH,
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


RULE = Rule("terraform-prints-secret", Job, check, Severity.HIGH)
