"""The runner gets only a part of what a Vault login needs.

What it finds
-------------
In a pipeline whose jobs read `secrets:` from Vault:

- `VAULT_ADDR` or `BAO_ADDR` without `VAULT_SERVER_URL`: the runner reads the latter only (low);
- a role without an address, or an address without a role (information, once for the pipeline).

Why it matters
--------------
Without an address the job fails before it asks anything, without a role Vault refuses the login, unless its mount has
a default role. People who look for the cause print the variables.

Fix
---
Set `VAULT_SERVER_URL` and `VAULT_AUTH_ROLE`, here or in the CI/CD variables of the project or its group.

Bad:

```yaml
variables:
  VAULT_ADDR: https://vault.example.com
  VAULT_AUTH_ROLE: app
secrets:
  DATABASE_PASSWORD:
    vault: app/db/password@secret
```

Good:

```yaml
variables:
  VAULT_SERVER_URL: https://vault.example.com
  VAULT_AUTH_ROLE: app
secrets:
  DATABASE_PASSWORD:
    vault: app/db/password@secret
```

Limits
------
The project's and the group's settings often give the other part, and are not seen here: hence information only. A job
that runs Vault's command line needs `VAULT_ADDR` for that and is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Confidence, Effect, Hit, Severity
from bot.pipeline.model import Pipeline, SecretProvider
from bot.pipeline.vault_calls import vault_calls
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Job, Variable
    from bot.repository import Repository

# docs.gitlab.com/ci/secrets/hashicorp_vault; tried with GitLab Runner 19.4 and Vault 1.21, 2026-11
_SERVER, _ROLE = "VAULT_SERVER_URL", "VAULT_AUTH_ROLE"
_OF_CLIENTS = ("VAULT_ADDR", "BAO_ADDR")


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each address that the runner does not read, and one for a part that is missing."""
    seen: set[int] = set()
    is_reported = False
    for job in (pipeline.jobs or pipeline.hidden_jobs).values():
        if not any(secret.provider is SecretProvider.VAULT for secret in job.secrets.values()):
            continue
        variables = _variables(job)
        client = next((variables[name] for name in _OF_CLIENTS if name in variables), None)
        if _SERVER not in variables and client is not None and not any(vault_calls(job)):
            if id(client.entry) not in seen:
                seen.add(id(client.entry))
                yield _hit(
                    job,
                    client,
                    f"The runner does not read `{client.name}`, but `{_SERVER}`, which is not in this file.",
                )
            continue
        missing = _missing(variables)
        if missing and not is_reported and not _has_default_role(repository):
            is_reported = True
            there = variables[_SERVER if missing == _ROLE else _ROLE]
            message = f"`{there.name}` is set and `{missing}` is not in this file: the project's settings must have it."
            yield _hit(job, there, message, severity=Severity.INFO, confidence=Confidence.LOW)


def _variables(job: Job) -> dict[str, Variable]:
    """The variables of the job wherever the file sets them, by name."""
    cells = (variable for cell in job.cells for variable in cell.values())
    known = (*cells, *job.rule_variables, *job.variables.values())
    return {variable.name: variable for variable in known if variable.value}


def _missing(variables: dict[str, Variable]) -> str:
    """The part that is missing where the other one is there; "" where both or neither are."""
    if (_SERVER in variables) is (_ROLE in variables):
        return ""
    return _ROLE if _SERVER in variables else _SERVER


def _has_default_role(repository: Repository) -> bool:
    return any(mount.value("default_role") for mount in repository.vault.mounts)


def _hit(
    job: Job,
    variable: Variable,
    message: str,
    *,
    severity: Severity | None = None,
    confidence: Confidence | None = None,
) -> Hit:
    return Hit(
        span=variable.entry.span,
        subject="pipeline" if variable.scope == "global" else job.subject,
        construct=f"variables.{variable.name}",
        message=message,
        attack="Without it the job cannot read its `secrets:` from Vault, and fails before its script.",
        text=variable.name,
        severity=severity,
        confidence=confidence,
    )


RULE = Rule(
    "incomplete-vault-login",
    Pipeline,
    check,
    Severity.LOW,
    others=(Severity.INFO,),
    confidence=Confidence.MEDIUM,
    effect=Effect.BREAKS,
)
