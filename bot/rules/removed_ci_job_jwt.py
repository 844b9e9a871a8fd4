"""A job uses CI_JOB_JWT, which GitLab has removed.

What it finds
-------------
`CI_JOB_JWT`, `CI_JOB_JWT_V1` or `CI_JOB_JWT_V2` in a script of a job.

Why it matters
--------------
GitLab 17.0 removed these variables: the login gets an empty token and fails. Before 17.0 every job of the project had
such a token, and the first version has no audience, so any service that receives it can use it elsewhere.

Fix
---
Declare an ID token with the audience of the service:

```yaml
deploy:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
  script:
    - vault write auth/jwt/login role=app jwt="$VAULT_ID_TOKEN"
```

Limits
------
A fix is offered where the job has exactly one ID token, or names its Vault server literally.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import insert_key, replace_within
from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.pipeline.model import Job
from bot.pipeline.places import found_in_scripts, span_within
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Scalar
    from bot.repository import Repository

# Removed in GitLab 17.0 (docs.gitlab.com/update/deprecations, 2026-11).
_REMOVED = re.compile(r"\$(?:\{(CI_JOB_JWT(?:_V[12])?)\}|(CI_JOB_JWT(?:_V[12])?)\b)")
_SERVERS = ("VAULT_ADDR", "VAULT_SERVER_URL")
_TOKEN = "VAULT_ID_TOKEN"  # noqa: S105 - a variable's name


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each use of a removed token."""
    for scalar, match in found_in_scripts(job, _REMOVED):
        name = match[1] or match[2]
        yield Hit(
            span=span_within(scalar, match.start(), match.end()),
            subject=job.subject,
            construct=f"script.{name}",
            message=f"`{name}` no longer exists since GitLab 17.0: the job gets an empty token.",
            attack="On an older GitLab every job holds this token, and a service that receives it can log in with it "
            "elsewhere.",
            text=match[0],
            fix=_fix(job, repository, scalar, match),
        )


def _fix(job: Job, repository: Repository, scalar: Scalar, match: re.Match[str]) -> Fix | None:
    text = repository.tree.files.get(scalar.span.path)
    own = repository.tree.files.get(job.node.span.path)
    if text is None or own is None or len(job.id_tokens) > 1:
        return None
    name = next(iter(job.id_tokens), _TOKEN)
    edits = [
        replace_within(text, scalar, match.start(), match.end(), f"${{{name}}}" if match[1] else f"${name}")
    ]
    if not job.id_tokens:
        server = next((job.variables[key].value for key in _SERVERS if key in job.variables), None)
        if not server or "$" in server:
            return None
        edits.append(insert_key(own, job.node, "id_tokens", {_TOKEN: {"aud": server}}))
    made = tuple(edit for edit in edits if edit is not None)
    return Fix("Use an ID token", made, safe=False) if len(made) == len(edits) else None


RULE = Rule("removed-ci-job-jwt", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
