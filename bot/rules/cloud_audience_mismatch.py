"""A job's token has an audience that the cloud refuses.

What it finds
-------------
A job that asks for an identity of a trust in this repository (by `role_arn`, `AWS_ROLE_ARN`, a pool and provider, a
client id) with an ID token whose `aud` is none of the audiences that the trust accepts.

Why it matters
--------------
The cloud refuses the token, so the job gets no credentials. The usual next step is a trust without an audience, or a
long-lived key in a CI/CD variable.

Fix
---
Write the audience that the trust accepts.

Here the role compares `gitlab.com:aud` with `sts.amazonaws.com`.

Bad:

```yaml
id_tokens:
  AWS_ID_TOKEN: { aud: https://gitlab.com }
variables: { AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/uploader" }
secrets:
  DB_PASSWORD:
    aws_secrets_manager: { secret_id: db }
```

Good:

```yaml
id_tokens:
  AWS_ID_TOKEN: { aud: sts.amazonaws.com }
variables: { AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/uploader" }
secrets:
  DB_PASSWORD:
    aws_secrets_manager: { secret_id: db }
```

Limits
------
An AWS role is found by its name, whatever the account. Audiences with variables are not compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.clouds.edits import replaced
from bot.clouds.logins import accepts_audience, logins_of, trusts_for
from bot.clouds.wildcards import has_wildcard
from bot.documents.nodes import Scalar
from bot.findings import Effect, Hit, Related, Severity
from bot.fixes import Fix
from bot.pipeline.model import Job, is_foreign
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.model import Trust
    from bot.pipeline.model import IdToken
    from bot.repository import Repository


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """Yield a hit for each token that no trust of the identity accepts."""
    reported: set[str] = set()
    for login in logins_of(job):
        token, audiences = login.token, login.audiences
        trusts = trusts_for(login, repository.clouds) if audiences and token is not None else ()
        if token is None or not trusts or token.name in reported:
            continue
        if any(accepts_audience(trust, audiences) for trust in trusts):
            continue
        from bot.clouds.hits import named  # noqa: PLC0415 - most jobs log in to no cloud

        reported.add(token.name)
        trust = trusts[0]
        wanted = " or ".join(f"`{each}`" for each in trust.audiences)
        yield Hit(
            span=token.entry.key.span,
            subject=job.subject,
            construct=f"id_tokens.{token.name}.{login.reference}",
            message=(
                f"The ID token `{token.name}` is for {' and '.join(f'`{each}`' for each in audiences)};"
                f" the {named(trust)} accepts only {wanted}."
            ),
            attack=f"The cloud refuses the token, so `{job.name}` gets no credentials.",
            text=f"{audiences} {trust.audiences}",
            related=(Related(trust.head, f"the {named(trust)}, which the job asks for by {login.how}"),),
            fix=_fix(token, trust, repository),
        )


_COST: Final = "Other services that get this token may then refuse it."


def _fix(token: IdToken, trust: Trust, repository: Repository) -> Fix | None:
    """Return the fix that writes the trust's only audience, where the token has one that is written here."""
    aud = token.entry.value.get("aud") if hasattr(token.entry.value, "get") else None
    path = token.entry.key.span.path
    text = repository.tree.files.get(path)
    one = len(trust.audiences) == 1 and not has_wildcard(trust.audiences[0])
    if not isinstance(aud, Scalar) or not one or is_foreign(path) or text is None:
        return None
    edit = replaced(text, aud, 0, len(aud.text), trust.audiences[0])
    return Fix("Write the audience that the trust accepts", (edit,), cost=_COST) if edit is not None else None


RULE = Rule("cloud-audience-mismatch", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
