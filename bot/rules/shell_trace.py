"""A script traces its commands while it works with secrets.

What it finds
-------------
`set -x`, `set -o xtrace`, `bash -x`, `#!/bin/bash -x` in a job with secrets, until `set +x` or the end of the
subshell.

Why it matters
--------------
The trace shows every command after expansion, with the values of its variables. It quotes them for the shell, so a
value with a quote or a dollar sign no longer looks as masking knows it.

Fix
---
Take it out, or switch it off around the secret: `{ set +x; } 2>/dev/null` before it, `set -x` behind it.

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
In a job with secrets of which none is expanded under the trace the finding is low: the next change may do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Origin, Sink, Source
from bot.leaks.repairs import removed, rewritten, untraced
from bot.leaks.wording import confidence_of, masking_of, places_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each place that switches tracing on in a job with secrets."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.TRACE:
            continue
        code = untraced(leak)
        title = "Do not trace"
        files = repository.tree.files
        if leak.source is None:
            message = (
                "Commands are traced to the job log in a job with secrets; the next change may expand one."
            )
        else:
            message = (
                f"Commands are traced to the job log with their values, `{leak.source.name}` among them"
                f" ({leak.detail}){went(leak)}. {masking_of(leak)}"
            )
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=f"{leak.section}.{leak.command} -x",
            message=message,
            attack="Whoever can read this job's log reads the secret in the trace, past the masking.",
            text=leak.code,
            fix=rewritten(leak, files, code, title) if code else removed(leak, files, job, title),
            severity=_severity(leak.source),
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


def _severity(source: Source | None) -> Severity:
    if source is None:
        return Severity.LOW
    return Severity.MEDIUM if source.origin in {Origin.NAMED, Origin.PREDEFINED} else Severity.HIGH


RULE = Rule("shell-trace", Job, check, Severity.HIGH)
