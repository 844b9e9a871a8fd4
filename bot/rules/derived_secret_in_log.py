"""A script prints a secret that it fetched by itself.

What it finds
-------------
A variable filled by `vault kv get`, `vault write ... login`, `aws sts assume-role` and the like that is printed later.
Also a token that `curl`, `wget` or `http` got in exchange for another secret, once the script takes it out of the
answer: `jq -r .access_token`, `grep -o '"token":"[^"]*'`.

Why it matters
--------------
The runner masks what GitLab gave it. A token that the script fetched is not known to it and is readable in the log.

Fix
---
Do not print it. Where `secrets:` can fetch it, use that: GitLab then masks at least the exact value.

Bad:

```yaml
script:
  - VAULT_TOKEN="$(vault write -field=token auth/jwt/login role=app jwt="$VAULT_ID_TOKEN")"
  - echo "token $VAULT_TOKEN"
```

Good:

```yaml
script:
  - VAULT_TOKEN="$(vault write -field=token auth/jwt/login role=app jwt="$VAULT_ID_TOKEN")"
  - '[ -n "$VAULT_TOKEN" ] && echo "logged in"'
```

Limits
------
Commands that print secrets come from a list; a tool of your own is not on it. The fields of an answer that are taken
for tokens go by their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.repairs import rewritten, without_value
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, leak_hit, masking_of, way_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import LeakSource
    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.DERIVED or leak.source is None:
            continue
        code = without_value(leak)
        yield leak_hit(
            job,
            leak,
            message=f"{_output(leak.source)} is printed to the job log: {way_of(leak)}. {masking_of(leak)}",
            attack=attack_of(leak),
            fix=rewritten(leak, repository.tree.files, code, "Print the name, not the value")
            if code
            else None,
            severity=log_severity(leak),
        )


def _output(source: LeakSource) -> str:
    contents = f", {source.contents}," if source.contents else ""
    return f"The output of `{source.name}`{contents}"


RULE = Rule("derived-secret-in-log", Job, check, Severity.HIGH)
