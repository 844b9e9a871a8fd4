"""A script prints another form of a secret's value.

What it finds
-------------
A secret that is encoded, cut or changed before it is printed: `echo "$K" | base64`, `${TOKEN:0:4}`, `rev`, `xxd`,
`jq` on a file-type secret.

Why it matters
--------------
GitLab masks the exact value only. Base64, a URL-encoded or reversed value, and every part of it are readable: high. A
value that is quoted for a shell or as JSON is readable where it has a quote, a backslash or several lines, and masked
otherwise: medium. Of an ID token a part shows claims only: low.

Fix
---
Do not print it, not even a part of it. Decode into a file outside the project (`echo "$KEY_B64" | base64 -d >
"$(mktemp)"`) or into a program's standard input.

Bad:

```yaml
script:
  - echo "$DEPLOY_KEY" | base64
```

Good:

```yaml
script:
  - KEY="$(mktemp)"
  - echo "$DEPLOY_KEY" | base64 -d > "$KEY"
```

Limits
------
Checksums and lengths are not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.repairs import removed, rewritten, without_print
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, leak_hit, masking_of, way_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.TRANSFORMED or leak.source is None:
            continue
        code = without_print(leak)
        files = repository.tree.files
        title = "Do not print it"
        yield leak_hit(
            job,
            leak,
            message=(
                f"A changed or cut form of `{leak.source.name}` is printed to the job log:"
                f" {way_of(leak)}. {masking_of(leak)}"
            ),
            attack=attack_of(leak),
            fix=rewritten(leak, files, code, title) if code else removed(leak, files, job, title),
            severity=log_severity(leak),
        )


RULE = Rule("transformed-secret-in-log", Job, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
