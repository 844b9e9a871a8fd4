"""A script traces its commands while secrets are set.

What it finds
-------------
`set -x`, `set -o xtrace`, `bash -x`, `#!/bin/bash -x` in a job with secrets, until `set +x` or the end of the
subshell.

Why it matters
--------------
The trace shows every command after expansion, with the values of its variables. The log masks the exact value; the
trace quotes one with a single quote, which is then readable: medium. What the script fetched by itself is not masked:
high.

Fix
---
Remove the tracing (`set -x`, `bash -x`), or switch it off around the secret: `{ set +x; } 2>/dev/null` before it,
`set -x` after it.

Bad:

```yaml
script:
  - set -x
  - ./deploy.sh --token "$DEPLOY_TOKEN"
```

Good:

```yaml
script:
  - ./deploy.sh --token "$DEPLOY_TOKEN"
```

Limits
------
In a job with secrets of which none is expanded under the trace the finding is low: the next change may do it. It is low
too behind a condition that is not known (`[ -n "$TRACE" ] && set -x`): anyone who sets the variable switches it on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Leak, Sink
from bot.leaks.repairs import removed, rewritten, scoped, untraced
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, confidence_of, masking_of, places_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.fixes import Fix
    from bot.repository import Repository


_LATER = "A command that a later change adds prints its secret to everyone who can read the job log."


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each place that switches tracing on in a job with secrets."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.TRACE:
            continue
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=f"{leak.section}.{leak.command} -x",
            message=_message(leak),
            attack=attack_of(leak) if leak.source is not None else _LATER,
            text=leak.code,
            fix=_fix(leak, job, repository),
            severity=_severity(leak),
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


def _message(leak: Leak) -> str:
    where = "Where a condition of the script holds, commands" if leak.is_conditional else "Commands"
    if leak.source is None:
        return f"{where} are traced to the job log in a job with secrets; none of them is in a command today."
    return (
        f"{where} are traced to the job log with their values, `{leak.source.name}` among them"
        f" ({leak.detail}){went(leak)}. {masking_of(leak)}"
    )


def _fix(leak: Leak, job: Job, repository: Repository) -> Fix | None:
    """Tracing without the commands that use a secret where it shows others too; else none."""
    files = repository.tree.files
    code = untraced(leak)
    title = "Do not trace"
    whole = rewritten(leak, files, code, title) if code else removed(leak, files, job, title)
    part = scoped(leak, files, "Do not trace the commands that use a secret")
    return replace(part, otherwise=whole) if part is not None else whole


def _severity(leak: Leak) -> Severity:
    return Severity.LOW if leak.source is None or leak.is_conditional else log_severity(leak)


RULE = Rule("shell-trace", Job, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
