"""An ID token has no audience of its own.

What it finds
-------------
An ID token

- without `aud`, with `*`, or with an audience made of a ref's name, which anyone who pushes chooses;
- for Vault, with the address of GitLab itself as its audience, the default of old: it names no service;
- with audiences of several services, or that `secrets:` sends to several services;
- with the same audience as that of a job which logs in to another Vault.

Why it matters
--------------
A service that receives such a token can log in with it at another one that accepts the same audience. A test Vault
that somebody took over collects the tokens of the jobs that trust it, and is accept at the production Vault.

Fix
---
Make one ID token for each service, with the address of that service as its `aud`. The role in Vault must bind the
same audience: change both together.

Bad:

```yaml
id_tokens:
  VAULT_ID_TOKEN:
    aud: $CI_SERVER_URL
```

Good:

```yaml
id_tokens:
  VAULT_ID_TOKEN:
    aud: https://vault.example.com
```

The role in Vault names the same audience in `bound_audiences`: change both together.

Limits
------
Audiences that the other side prescribes (`sts.amazonaws.com`, `sigstore`, ...) are accepted. A fix is offered where the
job names its Vault server in full. What a script does with the token is not followed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.documents.edits import insert_key, set_scalar
from bot.documents.nodes import Mapping, Scalar
from bot.findings import Confidence, Hit, Related, Severity
from bot.fixes import Fix
from bot.lazy import regex
from bot.pipeline.model import IdToken, Job, SecretProvider
from bot.pipeline.vault_servers import expanded, host_of, vault_server
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository

_CHOSEN = regex(
    r"\$\{?CI_(?:COMMIT_(?:REF|BRANCH|TAG|TITLE|MESSAGE)|MERGE_REQUEST_(?:TITLE|SOURCE_BRANCH))\w*"
)
# `aud` of CI_JOB_JWT_V2, and what many examples have kept of it (docs.gitlab.com/ci/secrets/id_token_authentication,
# 2026-11: "aud" should be the service's own address).
_GITLAB = regex(r"(?:https://)?\$\{?CI_SERVER_(?:URL|HOST|FQDN)\}?/?")
_PROVIDERS = {
    SecretProvider.VAULT: "Vault",
    SecretProvider.AZURE: "Azure",
    SecretProvider.GCP: "Google Cloud",
    SecretProvider.AWS: "AWS",
    SecretProvider.AKEYLESS: "Akeyless",
}


class _AudienceProblem(NamedTuple):
    text: str
    severity: Severity = Severity.MEDIUM
    confidence: Confidence = Confidence.HIGH
    same: IdToken | None = None
    """another job's token for the same audience"""


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each token whose audience says nothing, or names more than one service."""
    for token in job.id_tokens.values():
        if not isinstance(token.entry.value, Mapping):
            continue  # GitLab refuses it: that is what `malformed-secret` says
        problem = (
            _nobody(token)
            or _several(token, job)
            or _gitlab(token, job, repository)
            or _shared(token, job, repository)
        )
        if problem is not None:
            yield Hit(
                span=_span(token),
                subject=job.subject,
                construct=f"id_tokens.{token.name}.aud",
                message=f"`{token.name}` {problem.text}.",
                attack="A service that receives the token can use it to log in to another service.",
                text=f"{token.name} {' '.join(token.audiences)}",
                severity=problem.severity,
                confidence=problem.confidence,
                related=(Related(_span(problem.same), "the same audience here"),) if problem.same else (),
                fix=_fix(token, job, repository),
            )


def _nobody(token: IdToken) -> _AudienceProblem | None:
    if not any(token.audiences):
        return _AudienceProblem("names no audience")
    if "*" in token.audiences:
        return _AudienceProblem("is meant for any audience")
    if any(_CHOSEN.search(audience) for audience in token.audiences):
        return _AudienceProblem("has an audience that the person who pushes chooses")
    return None


def _several(token: IdToken, job: Job) -> _AudienceProblem | None:
    hosts = {host_of(expanded(audience, job)) or audience for audience in token.audiences}
    if len(hosts) > 1:
        return _AudienceProblem(
            f"is accepted by {len(hosts)} services, each of which can use it at the others"
        )
    sent = {
        name
        for secret in job.secrets.values()
        if (secret.token or _only(job)) == token.name and (name := _PROVIDERS.get(secret.provider))
    }
    if len(sent) > 1:
        return _AudienceProblem(
            f"is sent to {' and '.join(sorted(sent))}, each of which can use it at the other"
        )
    return None


def _gitlab(token: IdToken, job: Job, repository: Repository) -> _AudienceProblem | None:
    """Of Vault alone: for AWS and Azure GitLab's documentation itself names its address."""
    if not _is_for_vault(token, job):
        return None
    host = repository.tree.project.host
    for audience in token.audiences:
        if _GITLAB.fullmatch(audience) or (host and host_of(expanded(audience, job)) == host):
            problem = "has the address of GitLab as its audience, which names no service"
            return _AudienceProblem(problem, Severity.LOW, Confidence.MEDIUM)
    return None


def _only(job: Job) -> str | None:
    """The token that reads a secret without `token:`."""
    return next(iter(job.id_tokens)) if len(job.id_tokens) == 1 else None


def _shared(token: IdToken, job: Job, repository: Repository) -> _AudienceProblem | None:
    """Another job logs in to another Vault for the same audience; the audience is not this Vault's own address."""
    server = host_of(vault_server(job) or "")
    audiences = {expanded(audience, job) for audience in token.audiences}
    if not server or not _is_for_vault(token, job):
        return None
    if any("$" in audience or host_of(audience) == server for audience in audiences):
        return None
    for other in repository.jobs:
        if not other.id_tokens or host_of(vault_server(other) or "") in {"", server}:
            continue
        for theirs in other.id_tokens.values():
            same = audiences & {expanded(audience, other) for audience in theirs.audiences}
            if same and _is_for_vault(theirs, other):
                fault = f"has the same audience as in `{other.name}`, which logs in to another Vault"
                return _AudienceProblem(fault, confidence=Confidence.MEDIUM, same=theirs)
    return None


def _is_for_vault(token: IdToken, job: Job) -> bool:
    """Whether Vault gets the token: `secrets:` says so, or its name does."""
    return re.search(r"VAULT|BAO", token.name) is not None or any(
        secret.provider is SecretProvider.VAULT and (secret.token or _only(job)) == token.name
        for secret in job.secrets.values()
    )


def _span(token: IdToken) -> Span:
    """The `aud` where it is in the same file, else the token."""
    aud = token.entry.value.entry("aud") if isinstance(token.entry.value, Mapping) else None
    return aud.span if aud is not None and aud.span.path == token.entry.key.span.path else token.entry.span


def _fix(token: IdToken, job: Job, repository: Repository) -> Fix | None:
    """The Vault server as the audience, where the token is Vault's and the server is known."""
    server = vault_server(job)
    body = token.entry.value
    if server is None or not isinstance(body, Mapping) or not _is_for_vault(token, job):
        return None
    text = repository.tree.files.get(body.span.path)
    written = body.get("aud")
    if text is None:
        return None
    if written is None:
        edit = insert_key(text, body, "aud", server)
    else:
        edit = set_scalar(text, written, server) if isinstance(written, Scalar) else None
    title = f"Make the token for {server} alone"
    return (
        Fix(title, (edit,), cost="The role in Vault must bind the same audience: change both together.")
        if edit
        else None
    )


RULE = Rule("weak-id-token-audience", Job, check, Severity.MEDIUM, others=(Severity.LOW,))
