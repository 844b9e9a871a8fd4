"""A secret of the job is sent in clear text.

What it finds
-------------
- `curl`, `wget` and `http` with a secret in a header, in the body, in a file that is sent or in the address, and an
  address that begins with `http://`, `ws://`, `ftp://` or another scheme without encryption.
- A secret in the input of `nc` or `telnet`.

Why it matters
--------------
Everybody on the way between the runner and the host reads the request, and anyone who answers for the host gets the
secret: nothing proves who that is.

Fix
---
Use the encrypted form of the protocol, such as `https://`.

Bad:

```yaml
script:
  - 'curl -H "Authorization: Bearer $API_TOKEN" http://api.example.com/deploy'
```

Good:

```yaml
script:
  - 'curl -H "Authorization: Bearer $API_TOKEN" https://api.example.com/deploy'
```

Limits
------
Hosts on the runner itself, services of the job (names without a dot) and names inside of a cluster are left out. An
address that comes from a variable of the settings is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.leaks.model import Origin, Sink
from bot.leaks.wording import leak_hit, masking_of, went
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.CLEAR_TEXT or leak.source is None:
            continue
        is_named = leak.source.origin in {Origin.NAMED, Origin.PREDEFINED}
        yield leak_hit(
            job,
            leak,
            message=f"`{leak.source.name}` is sent to `{leak.detail}` in clear text{went(leak)}. {masking_of(leak)}",
            attack="Anyone on the way to that host, or who answers in its place, reads the secret.",
            severity=Severity.LOW if is_named else Severity.MEDIUM,
        )


RULE = Rule(
    "secret-in-clear-text", Job, check, Severity.MEDIUM, others=(Severity.LOW,), effect=Effect.WEAKENS
)
