"""A secret of type file is used as a value.

What it finds
-------------
- A secret without `file: false`, whose variable contains the path of a file, given to something that wants the value:
  `--password "$DB_PASSWORD"`, `PGPASSWORD=$DB_PASSWORD`, `psql "$DATABASE_URL"`.
- Such a secret whose name is that of a variable which programs read by themselves, as a value (`DATABASE_URL`,
  `PGPASSWORD`, `AWS_SECRET_ACCESS_KEY`), where no script of the job names it.

Why it matters
--------------
The program gets a path instead of the secret and fails to log in. The next step is usually a `cat` or an `echo` to see
why, and that prints the secret.

Fix
---
Read the file (`cat "$SECRET"`), or let the variable contain the value with `file: false`.

The latter is suggested where the job uses the secret several times, each time as a value.

Bad:

```yaml
secrets:
  DB_PASSWORD:
    vault: app/db/password@secret
script:
  - ./migrate --password "$DB_PASSWORD"
```

Good:

```yaml
secrets:
  DB_PASSWORD:
    vault: app/db/password@secret
script:
  - ./migrate --password "$(cat "$DB_PASSWORD")"
```

Limits
------
Only options and variables whose name says that they take a value are reported. A program that expects a path in a
variable of such a name is not known to us.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.documents.edits import insert_key, set_scalar
from bot.documents.nodes import Mapping, Scalar
from bot.findings import Confidence, Effect, Hit, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.leaks.model import Sink
from bot.leaks.repairs import reading_file, rewritten
from bot.leaks.wording import leak_hit
from bot.pipeline.family import is_whole
from bot.pipeline.model import Job, SecretProvider
from bot.pipeline.places import found_in_scripts, texts_of
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Files

    from bot.leaks.model import Leak
    from bot.pipeline.model import Secret
    from bot.repository import Repository

_SEVERAL = 2
# What programs read by themselves, each by its own documentation (2026-11): twelve-factor frameworks, libpq, MySQL,
# redis-cli, the AWS, Azure, GitHub, GitLab, Vault, Sentry and Hetzner command lines and Terraform providers.
_KNOWN = regex(
    r"(?:\w+_)?(?:DATABASE|REDIS|MONGODB|POSTGRES|MYSQL|AMQP|RABBITMQ|SENTRY)_(?:URL|URI|DSN)|PGPASSWORD|MYSQL_PWD"
    r"|REDISCLI_AUTH|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|(?:ARM|AZURE)_CLIENT_SECRET"
    r"|(?:GITHUB|GITLAB|VAULT|BAO|SENTRY_AUTH|HCLOUD|CLOUDFLARE_API|NPM|NODE_AUTH|TWINE)_TOKEN|TWINE_PASSWORD"
)


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.PATH_AS_VALUE or leak.source is None:
            continue
        yield leak_hit(
            job,
            leak,
            message=(
                f"`{leak.source.name}` contains the path of a file here, not the value: the secret is of"
                f" type file (no `file: false`)."
            ),
            attack="The program gets a path and fails; the usual next step prints the secret to the log.",
            fix=_fix(leak, leak.source.name, job, repository),
            severity=Severity.MEDIUM,
        )
    yield from _read_by_programs(job, repository)


def _read_by_programs(job: Job, repository: Repository) -> Iterator[Hit]:
    """A secret under a name that programs know, which no script of the job reads as a file before."""
    if not is_whole(job, repository.pipeline_of(job)):
        return
    for secret in job.secrets.values():
        if (
            not secret.is_file
            or not _KNOWN.fullmatch(secret.name)
            or secret.provider is SecretProvider.UNKNOWN
        ):
            continue
        if any(secret.name in text for text in texts_of(job, repository.tree.files)):
            continue
        yield Hit(
            span=secret.entry.span,
            subject=job.subject,
            construct=f"secrets.{secret.name}",
            message=f"Programs take `{secret.name}` from the environment as a value; here it is the path of a file: "
            "the secret is of type file (no `file: false`).",
            attack="The program gets a path and fails; the usual next step prints the secret to the log.",
            text=secret.name,
            fix=_as_value(secret, repository.tree.files),
            severity=Severity.MEDIUM,
            confidence=Confidence.MEDIUM,
        )


def _fix(leak: Leak, name: str, job: Job, repository: Repository) -> Fix | None:
    """`file: false` for a secret that the job uses more than once and always as a value; else the file is read here."""
    files = repository.tree.files
    code = reading_file(leak)
    read = rewritten(leak, files, code, "Read the file") if code else None
    secret = job.secrets.get(name)
    uses = len(list(found_in_scripts(job, re.compile(rf"\$\{{?{name}\b"))))
    as_value = {
        other.span
        for other in repository.leaks(job)
        if other.sink is Sink.PATH_AS_VALUE and other.source and other.source.name == name
    }
    if secret is None or uses < _SEVERAL or uses != len(as_value):
        return read
    fix = _as_value(secret, files)
    return replace(fix, otherwise=read) if fix else read


def _as_value(secret: Secret, files: Files[str, str]) -> Fix | None:
    body = secret.entry.value
    if not isinstance(body, Mapping) or body.span.path not in files:
        return None
    written = body.get("file")
    text = files[body.span.path]
    edit = (
        set_scalar(text, written, value=False)
        if isinstance(written, Scalar)
        else insert_key(text, body, "file", value=False)
    )
    return Fix(f"Add `file: false`, so that `{secret.name}` contains the value", (edit,)) if edit else None


RULE = Rule("secret-file-as-value", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
