"""A secret does not say which ID token reads it.

What it finds
-------------
- A `secrets:` entry for Vault in a job without ID tokens, with several of them and no `token:`, or whose `token:` names
  one that the job does not declare.
- A second entry for Vault with another `token:` than the first one: the runner logs in to Vault for all secrets of a
  job with the token of the first.
- One for Google Cloud without `token:`, which that provider always needs.

Why it matters
--------------
With several tokens GitLab cannot predict which one is used, and a token that is meant for one service goes to another.
Without any, the secret cannot be read. A second token is ignored: where the two are meant for two servers, the login
fails, or the secret is read with rights that were not meant for it.

Fix
---
Name the ID token that is meant for the service, such as `token: $VAULT_ID_TOKEN`.

Bad:

```yaml
id_tokens:
  VAULT_ID_TOKEN:
    aud: https://vault.example.com
  CLOUD_ID_TOKEN:
    aud: https://cloud.example.com
secrets:
  DATABASE_PASSWORD:
    vault: app/db/password@secret
```

Good:

```yaml
id_tokens:
  VAULT_ID_TOKEN:
    aud: https://vault.example.com
  CLOUD_ID_TOKEN:
    aud: https://cloud.example.com
secrets:
  DATABASE_PASSWORD:
    vault: app/db/password@secret
    token: $VAULT_ID_TOKEN
```

Limits
------
A job that extends something which was not read is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.edits import insert_key, set_scalar
from bot.documents.nodes import Mapping, Scalar
from bot.findings import Effect, Hit, Related, Severity
from bot.fixes import Fix
from bot.pipeline.model import Job, SecretProvider
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Secret
    from bot.repository import Repository

_NEEDS_TOKEN = (SecretProvider.VAULT, SecretProvider.GCP, SecretProvider.AZURE)


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each secret whose token is missing, ambiguous or unknown."""
    if job.hidden or not job.secrets or repository.pipeline_of(job).unread:
        return
    first = next((secret for secret in job.secrets.values() if secret.provider is SecretProvider.VAULT), None)
    for secret in job.secrets.values():
        problem = _problem(job, secret)
        if problem is None:
            if first is not None and _is_ignored(job, secret, first):
                yield _ignored(job, secret, first)
            continue
        body = secret.entry.value
        token = body.entry("token") if isinstance(body, Mapping) else None
        ambiguous = secret.token is None and len(job.id_tokens) > 1
        yield Hit(
            span=token.span if token else secret.entry.span,
            subject=job.subject,
            construct=f"secrets.{secret.name}.token",
            message=problem,
            attack="A token meant for one service is sent to another, which can use it." if ambiguous else "",
            text=f"{secret.name} token {secret.token}",
            fix=_fix(job, secret, repository),
            effect=Effect.WEAKENS if ambiguous else Effect.BREAKS,
        )


def _is_ignored(job: Job, secret: Secret, first: Secret) -> bool:
    """Whether the secret names a token with which nobody logs in (GitLab Runner 19.4, tried 2026-11)."""
    if secret.provider is not SecretProvider.VAULT or secret.token is None:
        return False
    only = next(iter(job.id_tokens)) if len(job.id_tokens) == 1 else None
    return (first.token or only) not in {None, secret.token}


def _ignored(job: Job, secret: Secret, first: Secret) -> Hit:
    body = secret.entry.value
    token = body.entry("token") if isinstance(body, Mapping) else None
    used = first.token or next(iter(job.id_tokens))
    audiences = [set(job.id_tokens[name].audiences) for name in (secret.token, used) if name in job.id_tokens]
    is_same = len(audiences) == 2 and audiences[0] == audiences[1]  # noqa: PLR2004 - one for each token
    return Hit(
        span=token.span if token else secret.entry.span,
        subject=job.subject,
        construct=f"secrets.{secret.name}.token",
        message=(
            f"`{secret.name}` names the ID token `{secret.token}`, which is ignored: the runner logs in for all"
            f" secrets of a job with the token of the first one, `{used}` of `{first.name}`."
        ),
        attack=""
        if is_same
        else f"Vault refuses the login, or reads `{secret.name}` with the rights of `{used}`.",
        text=f"{secret.name} token {secret.token} ignored",
        related=(Related(first.entry.key.span, "the first secret for Vault"),),
        severity=Severity.LOW if is_same else None,
        effect=Effect.BREAKS,
        remedy="Give all secrets of the job the same token, or read them in two jobs.",
    )


def _problem(job: Job, secret: Secret) -> str | None:
    if secret.token is not None:
        known = secret.token in job.id_tokens or secret.token in job.variables
        return (
            None
            if known
            else f"`{secret.name}` uses the ID token `{secret.token}`, which this job does not declare."
        )
    if secret.provider not in _NEEDS_TOKEN:
        return None
    if not job.id_tokens:
        return (
            f"`{secret.name}` is read without an ID token: the job declares none."
            if secret.provider is not SecretProvider.AZURE
            else None
        )
    if len(job.id_tokens) > 1:
        return (
            f"`{secret.name}` does not say which of {len(job.id_tokens)} ID tokens reads it; "
            "which one is used cannot be predicted."
        )
    if secret.provider is SecretProvider.GCP:
        return f"`{secret.name}` names no `token`, which Google Cloud's secrets always need."
    return None


def _fix(job: Job, secret: Secret, repository: Repository) -> Fix | None:
    names = list(job.id_tokens)
    likely = (
        names
        if len(names) == 1
        else [n for n in names if secret.provider.value.split("_")[0].upper() in n.upper()]
    )
    text = repository.tree.files.get(secret.entry.key.span.path)
    body = secret.entry.value
    if len(likely) != 1 or text is None or not isinstance(body, Mapping):
        return None
    token = body.get("token")
    value = f"${likely[0]}"
    edit = (
        set_scalar(text, token, value)
        if isinstance(token, Scalar)
        else insert_key(text, body, "token", value)
    )
    return (
        Fix(
            f"Read it with {value}",
            (edit,),
            cost="The service that keeps the secret must accept the audience of that token.",
        )
        if edit
        else None
    )


RULE = Rule("ambiguous-secret-token", Job, check, Severity.MEDIUM, others=(Severity.LOW,))
