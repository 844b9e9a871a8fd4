"""A job reads a stored password that Vault could generate.

What it finds
-------------
Entries of `secrets:` that read a database's or cloud account's long-lived credential from a KV engine:
`AWS_SECRET_ACCESS_KEY`, `ARM_CLIENT_SECRET`, a Google key file, the password of a database.

Why it matters
--------------
Masking hides it in the log and `file: true` keeps it out of the environment, but it is the same password
tomorrow: anyone who copied it once has it until somebody changes it by hand. A credential that Vault makes or
rotates stops working when its lease ends or at the next rotation. (The runner revokes nothing when the job
ends, so give such roles a short `ttl`.)

Fix
---
Read a static role of Vault's database or cloud engine instead (`engine: {name: generic, ...}`): Vault then changes
the password by itself. Somebody has to configure that engine first.

Bad:

```yaml
secrets:
  DATABASE_PASSWORD:
    vault: shop/production/db/password@secret
```

Good:

```yaml
secrets:
  DATABASE_PASSWORD:
    vault:
      engine: {name: generic, path: database}
      path: static-creds/shop-production
      field: password
```

Where each job should get a user of its own (`creds/...`), read name and password in one request of the script: two
entries of `secrets:` are two leases, whose name and password do not belong together.

For AWS, Google Cloud and Azure the job's own ID token is enough: their workload identity federation takes
it without any stored key.

Limits
------
Information: the job works. It is low where this repository configures an engine of that kind already, so
that the way is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Confidence, Effect, Hit, Severity
from bot.lazy import regex
from bot.pipeline.model import Job, Secret
from bot.rule import Rule
from bot.vault.engines.engine_role import EngineKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_KV = frozenset({"kv-v1", "kv-v2"})
# The names that the clients of these services read (their own documentation, 2026-11).
_KINDS = (
    (EngineKind.AWS, regex(r"AWS_(?:SECRET_ACCESS_KEY|ACCESS_KEY_ID)"), "an AWS key"),
    (
        EngineKind.GCP,
        regex(r"GOOGLE_(?:APPLICATION_)?CREDENTIALS|GCP_SA_KEY|GCLOUD_SERVICE_KEY"),
        "a Google key",
    ),
    (EngineKind.AZURE, regex(r"(?:ARM|AZURE)_CLIENT_SECRET"), "an Azure client secret"),
    (
        EngineKind.DATABASE,
        regex(
            r"(?:.*_)?(?:PGPASSWORD|(?:DB|DATABASE|POSTGRES(?:QL)?|PG|MYSQL|MARIADB|MONGO(?:DB)?|MSSQL|ORACLE)"
            r"(?:_\w*)?_(?:PASSWORD|PASS|PWD)|MYSQL_PWD)"
        ),
        "a database's password",
    ),
)  # fmt: skip


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each stored credential that an engine could make."""
    for secret in job.secrets.values():
        found = _kind(secret)
        if found is None or secret.vault is None:
            continue
        kind, what = found
        there = any(role.kind is kind for role in repository.vault.engines)
        engine = f", and this repository configures the {kind.value} engine" if there else ""
        yield Hit(
            span=secret.entry.span,
            subject=job.subject,
            construct=f"secrets.{secret.name}",
            message=f"`{secret.name}` is {what} that is stored in Vault and stays the same{engine}.",
            attack="Anyone who copied it once has it until somebody changes it by hand.",
            text=f"{secret.name}: {secret.vault.mount}/{secret.vault.path}@{secret.vault.secret_field}",
            severity=Severity.LOW if there else Severity.INFO,
            confidence=Confidence.MEDIUM,
        )


def _kind(secret: Secret) -> tuple[EngineKind, str] | None:
    if secret.vault is None or secret.vault.engine not in _KV:
        return None
    return next(((kind, what) for kind, names, what in _KINDS if names.fullmatch(secret.name)), None)


RULE = Rule(
    "static-secret-in-vault", Job, check, Severity.INFO, others=(Severity.LOW,), effect=Effect.WEAKENS
)
