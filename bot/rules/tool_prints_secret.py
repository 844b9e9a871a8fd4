"""The output of a command puts a secret into the job log.

What it finds
-------------
Commands whose output is a secret, with that output in the log: `vault kv get`, `vault login` without `-no-print`,
`kubectl get secret -o yaml`, `aws secretsmanager get-secret-value`, `gcloud auth print-access-token` and others.

Why it matters
--------------
The runner never learnt this value, so nothing masks it: everyone who can read the job log can use it.

Fix
---
Keep the output off the log: assign it to a variable where the job needs it (`TOKEN="$(vault ...)"`), or discard it
(`> /dev/null`), after which nobody can use it.

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

from typing import TYPE_CHECKING, Final

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

_UNPRINTED: Final = "Do not print it; where the job needs the value, assign it to a variable"


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
            fix=rewritten(leak, repository.tree.files, code, _UNPRINTED) if code else None,
            severity=log_severity(leak),
        )


RULE = Rule("tool-prints-secret", Job, check, Severity.HIGH)
