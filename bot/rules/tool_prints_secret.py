"""A tool prints a secret to the job log.

What it finds
-------------
Commands whose output is a secret, with that output in the log: `vault kv get`, `vault login` without `-no-print`,
`kubectl get secret -o yaml`, `aws secretsmanager get-secret-value`, `gcloud auth print-access-token` and others.

Why it matters
--------------
The runner never learnt this value, so nothing masks it.

Fix
---
Send the output to a variable, to a file outside the project or to `/dev/null`.

Bad:

```yaml
script:
  - vault write auth/jwt/login role=app jwt="$VAULT_ID_TOKEN"
```

Good:

```yaml
script:
  - export VAULT_TOKEN="$(vault write -field=token auth/jwt/login role=app jwt="$VAULT_ID_TOKEN")"
```

Limits
------
The commands come from a list; a tool of your own is not on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.programs import safe_form
from bot.leaks.repairs import quiet, rewritten
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, leak_hit, masking_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.TOOL or leak.source is None:
            continue
        code = safe_form(leak) or quiet(leak)
        yield leak_hit(
            job,
            leak,
            message=(
                f"`{leak.source.name}` prints {leak.detail or 'a secret'} to the job log{went(leak)}."
                f" {masking_of(leak)}"
            ),
            attack=attack_of(leak),
            fix=rewritten(leak, repository.tree.files, code, "Do not print it") if code else None,
            severity=log_severity(leak),
        )


RULE = Rule("tool-prints-secret", Job, check, Severity.HIGH)
