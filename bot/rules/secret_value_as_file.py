"""A secret's value is used as the name of a file.

What it finds
-------------
A secret with `file: false` or an ID token where a file is wanted: `cat $SECRET`, `< "$SECRET"`, `ssh -i "$SECRET"`.
Where the errors go to `/dev/null`, nothing is reported.

Why it matters
--------------
There is no such file, and the error message in the job log names it: it prints the secret.

Fix
---
Remove `file: false`, or write `printf '%s' "$SECRET"` into the program's standard input.

Bad:

```yaml
secrets:
  SSH_KEY:
    vault: app/deploy/key@secret
    file: false
script:
  - ssh -i "$SSH_KEY" host true
```

Good:

```yaml
secrets:
  SSH_KEY:
    vault: app/deploy/key@secret
script:
  - ssh -i "$SSH_KEY" host true
```

Limits
------
Only commands that are known to open a file are reported. A fix is offered where every use in the job wants a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import remove_entry
from bot.documents.nodes import Mapping
from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.leaks.model import Sink
from bot.leaks.wording import attack_of, leak_hit, masking_of
from bot.pipeline.model import Job
from bot.pipeline.places import found_in_scripts
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.VALUE_AS_PATH or leak.source is None:
            continue
        yield leak_hit(
            job,
            leak,
            message=(
                f"The value of `{leak.source.name}` is used as the name of a file; the error message"
                f" prints it to the job log. {masking_of(leak)}"
            ),
            attack=attack_of(leak),
            severity=Severity.MEDIUM,
            fix=_fix(leak.source.name, job, repository),
        )


def _fix(name: str, job: Job, repository: Repository) -> Fix | None:
    """The secret as a file, where nothing in the job wants its value."""
    body = job.secrets[name].entry.value if name in job.secrets else None
    text = repository.tree.files.get(body.span.path) if body is not None else None
    if text is None or not isinstance(body, Mapping):
        return None
    uses = len(list(found_in_scripts(job, re.compile(rf"\$\{{?{name}\b"))))
    as_path = {
        leak.span
        for leak in repository.leaks(job)
        if leak.sink is Sink.VALUE_AS_PATH and leak.source and leak.source.name == name
    }
    edit = remove_entry(text, body, "file") if uses == len(as_path) else None
    return (
        Fix(
            "Remove `file: false`", (edit,), cost=f"A program that uses `{name}` as a value then gets a path."
        )
        if edit
        else None
    )


RULE = Rule("secret-value-as-file", Job, check, Severity.MEDIUM)
