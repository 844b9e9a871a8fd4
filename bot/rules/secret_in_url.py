"""A secret is part of a URL.

What it finds
-------------
`https://user:$TOKEN@host/...` as an argument of git, pip, npm, curl, `sftp://` and `ftp://` addresses of lftp and
others; `CI_REPOSITORY_URL` with a token in it among the variables of a job, which the runner writes to `.git/config`.

Why it matters
--------------
URLs are kept: in `.git/config` (and so in caches and artifacts), in error messages, in the logs of proxies.

Fix
---
Use a credential helper, a `.netrc` file outside the project, or for git `-c http.extraHeader="Authorization: Bearer
$TOKEN"`.

Bad:

```yaml
script:
  - git clone "https://ci:$DEPLOY_TOKEN@git.example.com/app.git"
```

Good:

```yaml
script:
  - 'git -c http.extraHeader="Authorization: Bearer $DEPLOY_TOKEN" clone https://git.example.com/app.git'
```

Limits
------
GitLab's own form `https://gitlab-ci-token:${CI_JOB_TOKEN}@...` is only mentioned: the token ends with the job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.sources import Sources
from bot.leaks.wording import called, leak_hit, masking_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_CLONED_FROM = "CI_REPOSITORY_URL"


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.URL or leak.source is None:
            continue
        yield leak_hit(
            job,
            leak,
            message=(
                f"`{leak.source.name}` is part of a URL, which {called(leak)} keeps in its settings,"
                f" messages and logs{went(leak)}. {masking_of(leak)}"
            ),
            attack="Anyone who gets the cache, an artifact or a proxy's log reads the credential in the URL.",
            severity=Severity.INFO
            if leak.source.origin is Origin.PREDEFINED
            else Severity.LOW
            if leak.source.origin is Origin.NAMED
            else Severity.MEDIUM,
        )
    yield from _of_repository(job)


def _of_repository(job: Job) -> Iterator[Hit]:
    """The address that the runner clones from, where the file sets it."""
    for variable in (*job.variables.values(), *job.rule_variables):
        if variable.name != _CLONED_FROM or "@" not in (variable.value or ""):
            continue
        for flow in Sources(job).written(variable.value).secrets[:1]:
            is_named = flow.source.origin in {Origin.NAMED, Origin.PREDEFINED}
            yield Hit(
                span=variable.entry.span,
                subject="pipeline" if variable.scope == "global" else job.subject,
                construct=f"variables.{_CLONED_FROM}",
                message=f"`{flow.source.name}` is part of `{_CLONED_FROM}`, which the runner writes to `.git/config`.",
                attack="Anyone who gets the cache or an artifact with the folder `.git` reads the credential.",
                text=f"{_CLONED_FROM}: {variable.value}",
                severity=Severity.LOW if is_named else Severity.MEDIUM,
                confidence=flow.source.confidence,
            )


RULE = Rule(
    "secret-in-url", Job, check, Severity.MEDIUM, others=(Severity.LOW, Severity.INFO), effect=Effect.WEAKENS
)
