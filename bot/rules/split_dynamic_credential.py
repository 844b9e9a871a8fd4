"""The parts of one dynamic credential come from two leases.

What it finds
-------------
- Two entries of `secrets:` that read different fields of one path at which Vault makes a credential on each request:
  `database/creds/shop` for the name and again for the password, `aws/creds/deploy` for the two halves of a key.
- Two `vault read -field=...` of such a path in the scripts of a job.

Why it matters
--------------
Every entry of `secrets:` logs in and reads by itself, and every read makes a new credential: the job gets the name of
one account and the password of another. The login fails, and both accounts live until their leases end.

Fix
---
Read the credential once and take both fields from that answer, or use a static role (`database/static-creds/...`),
whose user stays the same and whose password Vault rotates.

Bad:

```yaml
secrets:
  PGUSER:
    vault:
      engine: {name: generic, path: database}
      path: creds/shop
      field: username
  PGPASSWORD:
    vault:
      engine: {name: generic, path: database}
      path: creds/shop
      field: password
```

Good:

```yaml
variables:
  PGUSER: shop
secrets:
  PGPASSWORD:
    vault:
      engine: {name: generic, path: database}
      path: static-creds/shop
      field: password
```

Limits
------
What an engine makes on request is known by its path (`creds`, `sts`, `token`, ...). A mount that is named like a KV
engine is left alone, and so are requests with curl.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Related, Severity
from bot.lazy import regex
from bot.pipeline.model import Job
from bot.pipeline.vault_calls import Asks
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Secret
    from bot.pipeline.vault_calls import ScriptVaultCall
    from bot.repository import Repository

# Paths at which each read makes something new: databases, AWS, Azure, Google Cloud, RabbitMQ, Consul, Nomad, LDAP
# (developer.hashicorp.com/vault/api-docs/secret; two leases seen with GitLab Runner 19.4 and Vault 1.21, 2026-11).
_MADE_ON_REQUEST = regex(r"(?:^|/)(?:creds|sts|token|key|issue|sign|check-out)(?:/|$)")
# Mounts whose answers belong to no lease: stored values, and ID tokens that Vault signs itself.
_WITHOUT_LEASE = regex(r"(?:secrets?|kv|generic)(?:[-_]?v?[12])?|identity", re.IGNORECASE)
_PLAIN = ("generic", "kv-v1")
_FIELD = regex(r"--?field=(?P<name>\S+)")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each further field of a credential of which another field is read by itself."""
    first: dict[str, Secret] = {}
    for secret in job.secrets.values():
        path = _path_of(secret)
        if not path:
            continue
        other = first.setdefault(path, secret)
        if other.vault and secret.vault and other.vault.secret_field != secret.vault.secret_field:
            yield Hit(
                span=secret.entry.key.span,
                subject=job.subject,
                construct=f"secrets.{secret.name}",
                message=(
                    f"`{other.name}` and `{secret.name}` are two fields of `{path}`, each read by its own login:"
                    " they come from two leases and do not belong together."
                ),
                attack="The job gets the name of one account and the secret of another.",
                text=f"{other.name} {secret.name} {path}",
                related=(Related(other.entry.key.span, "the other field"),),
            )
    yield from _in_scripts(job, repository)


def _path_of(secret: Secret) -> str:
    """The path, mount first, of a credential that is made on request; "" where it is none."""
    vault = secret.vault
    if vault is None or vault.engine not in _PLAIN or _WITHOUT_LEASE.fullmatch(vault.mount.strip("/")):
        return ""
    path = vault.path.strip("/")
    return f"{vault.mount.strip('/')}/{path}" if _MADE_ON_REQUEST.search(path) else ""


def _in_scripts(job: Job, repository: Repository) -> Iterator[Hit]:
    """Further fields that the scripts read with Vault's command line."""
    first: dict[str, tuple[str, ScriptVaultCall]] = {}
    for call in repository.vault_calls(job):
        named = next((found["name"] for word in call.words if (found := _FIELD.fullmatch(word))), "")
        mount, _, rest = call.path.partition("/")
        is_made = _MADE_ON_REQUEST.search(rest) is not None and not _WITHOUT_LEASE.fullmatch(mount)
        if call.asks is not Asks.READ or not named or not is_made:
            continue
        other, where = first.setdefault(call.path, (named, call))
        if other != named:
            yield Hit(
                span=call.span,
                subject=job.subject,
                construct=f"script.{call.path}",
                message=(
                    f"`{other}` and `{named}` of `{call.path}` are read by two requests: they come from two leases"
                    " and do not belong together."
                ),
                attack="The job gets the name of one account and the secret of another.",
                text=" ".join(call.words),
                related=(Related(where.span, "the other field"),),
            )


RULE = Rule("split-dynamic-credential", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
