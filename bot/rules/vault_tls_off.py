"""A job talks to Vault without checking who answers.

What it finds
-------------
`VAULT_SKIP_VERIFY` switched on, or a Vault address that begins with `http://`, in the variables of a job.

Why it matters
--------------
Whoever stands on the network path between runner and Vault answers instead of it and collects the login tokens.

Fix
---
Use `https://` and give the certificate authority in `VAULT_CACERT`.

```yaml
variables:
  VAULT_ADDR: https://vault.example.com
```

Limits
------
Addresses on the runner itself and single-word service names are accepted. Options on command lines are not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import set_scalar
from bot.documents.nodes import Scalar
from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# developer.hashicorp.com/vault/docs/commands, environment variables, 2026-11
_ADDRESSES = ("VAULT_ADDR", "VAULT_SERVER_URL", "BAO_ADDR")
_SKIPS = ("VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY")
_TRUE = ("1", "t", "true")
_CLEAR = re.compile(r"http://(?!127\.|localhost\b|\[::1\]|[\w-]+(?::\d+)?(?:/|$))[^\s$]")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each variable that switches the check of Vault's certificate off."""
    for variable in job.variables.values():
        value = variable.value or ""
        clear = variable.name in _ADDRESSES and _CLEAR.match(value) is not None
        if not clear and not (variable.name in _SKIPS and value.lower() in _TRUE):
            continue
        scalar = variable.entry.value
        text = repository.tree.files.get(scalar.span.path)
        edit = None
        if not clear and text is not None and isinstance(scalar, Scalar):
            edit = set_scalar(text, scalar, "false")
        yield Hit(
            span=variable.entry.span,
            subject="pipeline" if variable.scope == "global" else job.subject,
            construct=f"variables.{variable.name}",
            message=f"`{variable.name}` is a clear-text address: nothing proves that Vault answers."
            if clear
            else f"`{variable.name}` is on: Vault's certificate is not checked.",
            attack="Whoever stands between runner and Vault answers instead of it and collects the login tokens.",
            text=f"{variable.name}",
            fix=Fix("Check Vault's certificate", (edit,), safe=False) if edit else None,
        )


RULE = Rule("vault-tls-off", Job, check, Severity.HIGH)
