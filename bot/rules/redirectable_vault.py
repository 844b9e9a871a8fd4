"""Where a job logs in to Vault can be chosen from outside.

What it finds
-------------
A Vault address, role or mount in `variables:` that is made of a ref's name, or offered as a prefilled field of the
form that starts a pipeline.

Why it matters
--------------
Who starts the pipeline, or names the branch, sends the job's login token to a server of his own or picks another role.

Fix
---
```yaml
variables:
  VAULT_SERVER_URL: https://vault.example.com
  VAULT_AUTH_ROLE: app
```

Limits
------
Any pipeline variable stands above the file where the project allows pipeline variables; that setting is not seen here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.nodes import Mapping
from bot.findings import Hit, Severity
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# docs.gitlab.com/ci/secrets/hashicorp_vault, 2026-11
_COORDINATES = ("VAULT_ADDR", "VAULT_SERVER_URL", "VAULT_AUTH_ROLE", "VAULT_AUTH_PATH", "VAULT_NAMESPACE")
_CHOSEN = re.compile(
    r"\$\{?CI_(?:COMMIT_(?:REF|BRANCH|TAG)|MERGE_REQUEST_SOURCE_BRANCH)\w*|\$\[\[\s*inputs\."
)


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each coordinate of Vault that somebody outside the file chooses."""
    del repository
    if not (job.secrets or job.id_tokens):
        return
    for variable in job.variables.values():
        offered = isinstance(variable.entry.value, Mapping) and "description" in variable.entry.value
        if variable.name not in _COORDINATES or not (offered or _CHOSEN.search(variable.value or "")):
            continue
        yield Hit(
            span=variable.entry.span,
            subject="pipeline" if variable.scope == "global" else job.subject,
            construct=f"variables.{variable.name}",
            message=f"`{variable.name}` is offered in the form that starts a pipeline."
            if offered
            else f"`{variable.name}` is made of a name that the pusher chooses.",
            attack="The login token goes to a server, or for a role, of somebody else's choice.",
            text=variable.name,
        )


RULE = Rule("redirectable-vault", Job, check, Severity.MEDIUM)
