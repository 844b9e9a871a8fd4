"""A secret is written in a way that GitLab or the runner cannot read.

What it finds
-------------
`file` or `token` inside `vault:`, a short path with `/data/`, a leading slash or no field, and an unknown engine name.

Why it matters
--------------
The secret is not found, or read as something else; the job fails, and people debug by printing variables.

Fix
---
```yaml
secrets:
  DATABASE_PASSWORD:
    vault: app/db/password@secret
    file: false
```

Limits
------
A KV path may really contain a segment `data`; only one at its beginning is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.nodes import Mapping, Scalar
from bot.findings import Effect, Hit, Severity
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Secret
    from bot.repository import Repository

# docs.gitlab.com/ci/yaml/#secretsvault, 2026-11
_ENGINES = ("kv-v1", "kv-v2", "generic")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each secret that cannot be read as written."""
    del repository
    for secret in job.secrets.values():
        problem = _problem(secret)
        if problem is not None:
            yield Hit(
                span=secret.entry.span,
                subject=job.subject,
                construct=f"secrets.{secret.name}",
                message=f"`{secret.name}`: {problem}",
                text=secret.name,
            )


def _problem(secret: Secret) -> str | None:  # noqa: PLR0911 - one sentence per mistake
    vault = secret.vault
    if vault is None:
        return None
    written = vault.written
    if isinstance(written, Mapping):
        inside = [key for key in ("file", "token") if key in written]
        if inside:
            return f"`{inside[0]}` belongs beside `vault`, not inside it."
        if vault.engine not in _ENGINES and "$" not in vault.engine:
            return f"the engine must be one of {', '.join(_ENGINES)}."
        return None
    if not isinstance(written, Scalar) or "$" in written.text:
        return None
    if written.text.startswith("/"):
        return "the path begins with a slash."
    if not vault.path:
        return "the path has no field; write path/field@mount."
    if vault.path.startswith("data/") or vault.path.startswith(f"{vault.mount}/data/"):
        return "the path names `data`, which the runner adds itself."
    return "the mount ends with a slash." if vault.mount.endswith("/") else None


RULE = Rule("malformed-secret", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
