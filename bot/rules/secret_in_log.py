"""A script prints a secret's value to the job log.

What it finds
-------------
A command whose output contains a secret's value and reaches the log: `echo "$DB_PASSWORD"`, `cat` of a file-type
secret, a here-document, also after the value went through variables, functions, arrays or files.

Why it matters
--------------
GitLab masks the exact value of a secret from `secrets:` and shows `[MASKED]`: such a finding is medium. It becomes
readable as soon as the value has several lines and one of them is printed with something beside it (`echo $KEY`
without quotes, `head -2`, `cat -n`), or when somebody marks the variable as not masked. What a script takes apart by
lines is high where the secret is a file, and every line with something beside it where the file is a key or a
certificate by its name. `while read` does not see a last line without a newline, so a loop over a file is low. A
variable that only has a secret's name is masked only where the settings say so.

Fix
---
Remove the command, or print something else: `echo "DB_PASSWORD is set"`.

`echo "$DB_PASSWORD" | docker login --password-stdin` is right: nothing of it reaches the log.

Bad:

```yaml
script:
  - echo "password $DB_PASSWORD"
```

Good:

```yaml
script:
  - '[ -n "${DB_PASSWORD:-}" ] && echo "DB_PASSWORD is set"'
```

Limits
------
An unknown program that gets a secret and may print it is accepted: nothing is known of it, and a note on each would
hide the findings. A program of the repository in Python, JavaScript, Ruby, Perl or PHP is analysed as far as the
script names it and as it prints what it takes from its environment, arguments and files; what goes through other
functions than those of texts is not followed. So are recipes that `make`, `just`, `task` and `npm run` find in a
file of the usual name (`Makefile`, `justfile`, `Taskfile.yml`, `package.json`); of a Makefile's conditions both ways
count. None of these gets a suggestion. A variable of which only the name suggests a secret counts with medium
confidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.model import Sink
from bot.leaks.repairs import rewritten, without_print, without_value
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, leak_hit, masking_of, way_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each command that prints a secret's value."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.LOG or leak.source is None:
            continue
        code = without_value(leak) or without_print(leak)
        yield leak_hit(
            job,
            leak,
            message=f"The value of `{leak.source.name}` is printed to the job log: {way_of(leak)}. {masking_of(leak)}",
            attack=attack_of(leak),
            fix=rewritten(leak, repository.tree.files, code, "Print the name, not the value")
            if code
            else None,
            severity=log_severity(leak),
        )


RULE = Rule("secret-in-log", Job, check, Severity.MEDIUM, others=(Severity.HIGH, Severity.LOW))
