"""A job with production secrets runs on refs that anyone may push.

What it finds
-------------
A job whose secrets or environment are named for production, and which runs on an unprotected branch or in a merge
request pipeline.

Why it matters
--------------
A Developer pushes a branch, the job runs there with whatever script the branch holds, and the secrets are his. The
rules in the file are no boundary either, since the branch brings its own file: the boundary is the role in Vault.

Fix
---
Restrict the job, and bind `ref_protected` in the role:

```yaml
rules:
  - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"
```

Limits
------
What depends on variables of the project's settings, on `changes` or on `exists` is unknown and gives no finding.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Hit, Severity, Witness
from bot.pipeline.model import Answer, Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_PRODUCTION = re.compile(r"(?:^|[^a-z])(?:prod|production|live)(?:$|[^a-z])", re.IGNORECASE)


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for a production job that runs where anyone may push."""
    del repository
    if job.hidden or not (job.secrets or job.id_tokens):
        return
    if job.when.unprotected_ref is not Answer.YES and job.when.merge_request is not Answer.YES:
        return
    paths = [f"{s.vault.mount}/{s.vault.path}" for s in job.secrets.values() if s.vault]
    role = job.variables.get("VAULT_AUTH_ROLE")
    named = [job.environment or "", (role.value or "") if role else "", *paths]
    if not any(map(_PRODUCTION.search, named)):
        return
    yield Hit(
        span=job.entry.key.span,
        subject=job.subject,
        construct="rules",
        message=f"`{job.name}` holds production secrets and also runs when {job.when.story}.",
        attack="A Developer changes the script on a branch of his own and reads the production secrets there.",
        text=job.name,
        witness=Witness("pipeline", job.when.example, job.when.story),
    )


RULE = Rule("secret-on-unprotected-ref", Job, check, Severity.HIGH)
