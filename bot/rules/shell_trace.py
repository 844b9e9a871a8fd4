"""A script traces its commands while it works with secrets.

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
In a job with secrets of which none is expanded under the trace the finding is low: the next change may do it. A
condition that is not known (`[ -n "$TRACE" ] && set -x`) is taken for true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Leak, Sink
from bot.leaks.repairs import removed, rewritten, untraced
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, confidence_of, masking_of, places_of, went
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
            attack=attack_of(leak),
            text=leak.code,
            fix=rewritten(leak, files, code, title) if code else removed(leak, files, job, title),
            severity=_severity(leak),
            confidence=confidence_of(leak),
            way=places_of(leak),
        )


def _severity(leak: Leak) -> Severity:
    return Severity.LOW if leak.source is None else log_severity(leak)


RULE = Rule("shell-trace", Job, check, Severity.HIGH)
