"""An ID token has no audience of its own.

What it finds
-------------
An ID token without `aud`, with a wildcard, or with an audience made of a ref's name, which whoever pushes chooses.

Why it matters
--------------
A service that receives such a token can log in with it at another one that accepts the same audience.

Fix
---
```yaml
id_tokens:
  VAULT_ID_TOKEN:
    aud: https://vault.example.com
```

Limits
------
Two services that share one audience are not told apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_CHOSEN = re.compile(
    r"\$\{?CI_(?:COMMIT_(?:REF|BRANCH|TAG|TITLE|MESSAGE)|MERGE_REQUEST_(?:TITLE|SOURCE_BRANCH))\w*"
)


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each token whose audience says nothing."""
    del repository
    for token in job.id_tokens.values():
        if not token.audiences:
            problem = "names no audience"
        elif "*" in token.audiences:
            problem = "is meant for any audience"
        elif any(_CHOSEN.search(audience) for audience in token.audiences):
            problem = "takes its audience from what the pusher chooses"
        else:
            continue
        yield Hit(
            span=token.entry.span,
            subject=job.subject,
            construct=f"id_tokens.{token.name}.aud",
            message=f"`{token.name}` {problem}.",
            attack="A service that receives the token logs in with it at another one.",
            text=f"{token.name} {' '.join(token.audiences)}",
        )


RULE = Rule("weak-id-token-audience", Job, check, Severity.MEDIUM)
