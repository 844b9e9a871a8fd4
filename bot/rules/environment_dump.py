"""A script prints its whole environment.

What it finds
-------------
`env`, `printenv`, bare `set` and `export`, `declare -p`, `/proc/self/environ`, one-liners such as
`python -c 'import os; print(os.environ)'`, where the output reaches the job log.

Why it matters
--------------
Every secret of the job is in its environment, also those that a later change adds. What the script fetched by itself
and exported is not masked: high. The exact value of a secret from `secrets:` is masked: medium; `export -p` and
`declare -p` quote it, so that a quote or several lines make it readable.

Fix
---
Print only the variables that you want to see: `echo "ref is $CI_COMMIT_REF_NAME"`.

Bad:

```yaml
script:
  - printenv | sort
  - ./deploy.sh --password-file "$DB_PASSWORD_FILE"
```

Good:

```yaml
script:
  - echo "ref is $CI_COMMIT_REF_NAME"
  - ./deploy.sh --password-file "$DB_PASSWORD_FILE"
```

Limits
------
A dump that is filtered to names which are no secrets (`env | grep ^CI_COMMIT`) is not reported. Secrets of type
file show only their path there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.findings import Confidence, Hit, Severity
from bot.lazy import regex
from bot.leaks.model import Leak, LeakSource, Origin, Sink
from bot.leaks.repairs import removed
from bot.leaks.reports import DIRECT
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, confidence_of, masking_of, places_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_FILTERED: Final = regex(r"\|\s*(?:[ef]?grep|rg|sed|awk)\b")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each command that dumps the environment."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.DUMP or leak.source is None:
            continue
        yield Hit(
            span=leak.span,
            subject=job.subject,
            construct=f"{leak.section}.{leak.command}",
            message=f"{_message(leak, _name(leak, leak.source))} {masking_of(leak)}",
            attack=attack_of(leak),
            text=leak.code,
            fix=removed(leak, repository.tree.files, job, "Do not print the environment"),
            severity=_severity(leak, leak.source),
            confidence=confidence_of(leak) if leak.detail == DIRECT else Confidence.LOW,
            way=places_of(leak),
        )


def _name(leak: Leak, source: LeakSource) -> str:
    """The variable that shows the secret: what a script fetched has no name of its own."""
    is_fetched = source.origin is Origin.FETCHED and leak.steps
    return leak.steps[-1].text if is_fetched else source.name


def _message(leak: Leak, name: str) -> str:
    if leak.detail != DIRECT:
        return f"A variable with a part of the environment is printed to the job log, maybe `{name}`{went(leak)}."
    what = "A part of the" if _FILTERED.search(leak.code) else "The whole"
    return f"{what} environment is printed to the job log, `{name}` with it."


def _severity(leak: Leak, source: LeakSource) -> Severity:
    """Low where only GitLab's own masked values are in it, or where the way through variables may have filtered it."""
    if source.origin is Origin.PREDEFINED or leak.detail != DIRECT:
        return Severity.LOW
    return log_severity(leak)


RULE = Rule("environment-dump", Job, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
