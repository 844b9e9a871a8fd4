"""A job logs in to Vault with a long-lived credential.

What it finds
-------------
A login with the `secret_id` of an AppRole or with a token of Vault that comes from a CI/CD variable: the job's own
scripts never fetch it.

Why it matters
--------------
Such a credential works from anywhere, for anyone who has it, until it is revoked. Every job of the project can read it,
also that of a branch somebody pushed a minute ago, and every maintainer can copy it out of the settings. Vault cannot
distinguish the job from the copy.

Fix
---
Log in with an ID token of the job (`id_tokens:`) and a JWT role in Vault, then revoke the stored credential.

Bad:

```yaml
script:
  - vault write auth/approle/login role_id="$VAULT_ROLE_ID" secret_id="$VAULT_SECRET_ID"
```

Good:

```yaml
id_tokens:
  VAULT_ID_TOKEN:
    aud: https://vault.example.com
script:
  - vault write -field=token auth/jwt/login role=app jwt="$VAULT_ID_TOKEN"
```

Limits
------
Vault must be able to reach GitLab's keys (or be given them) for that. A token that another job hands over in a dotenv
file, that a script of the image or an include that was not read may set, or that belongs to a development server, is
not reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.findings import Confidence, Hit, Severity
from bot.lazy import regex
from bot.pipeline.model import Job
from bot.pipeline.places import found_in_scripts, script_text, span_within
from bot.pipeline.vault_calls import Asks, ScriptVaultCall
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Variable
    from bot.repository import Repository

_TOKENS = ("VAULT_TOKEN", "BAO_TOKEN")
_TOKEN_USED = regex(r"\$\{?(?P<name>(?:VAULT|BAO)_TOKEN)\b")
_SECRET_ID = regex(r"\$\{?(?P<name>\w*SECRET_?ID\w*)\b", re.IGNORECASE)
# The settings of an AppRole, as clients and images read them.
_APPROLE_PASSED = regex(
    r"\b(?:VAULT_|BAO_|APPROLE_)+SECRET_?ID=[\"']?\$\{?(?P<name>\w*(?:VAULT|BAO|APPROLE)\w*)\b", re.IGNORECASE
)
_REFERENCE = regex(r"\$(?:\{(\w+)\}|(\w+))$")
# `source $(which tool)`: what a program on the path sets is not known. GitLab's own set variables of Terraform and
# OpenTofu only (gitlab.com/components/opentofu, 2026-11).
_TOOL = r"[\"']?(?:\$\(|`)(?:which|command -v|type -p) "
_SOURCES_TOOL = regex(rf"(?:^|[;&|\s])(?:source|\.)\s+{_TOOL}(?!gitlab-(?:terraform|tofu)\b)", re.MULTILINE)
# What may set a variable without naming it.
_SETS_ANYTHING = regex(rf"(?:^|[;&|\s])(?:source|eval|\.)\s+(?!{_TOOL})|vault-env|envconsul", re.MULTILINE)
_DEVELOPMENT = regex(r"server\s+-dev|_DEV_ROOT_TOKEN_ID")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """One hit for a kept AppRole, one for a kept token."""
    calls = repository.vault_calls(job)
    script = script_text(repository.lines(job))
    found = (*_approle(job, calls, script), *_token(job, calls, script, repository))
    if found and not _DEVELOPMENT.search("\n".join((script, *job.variables))):
        yield from found


def _approle(job: Job, calls: tuple[ScriptVaultCall, ...], script: str) -> Iterator[Hit]:
    for call in calls:
        named = _SECRET_ID.search(" ".join(call.words)) if call.asks is Asks.APPROLE_LOGIN else None
        if named and not _is_fetched(job, named["name"], script):
            yield Hit(
                span=call.span,
                subject=job.subject,
                construct="script.approle",
                message=f"`{job.name}` logs in to Vault as an AppRole, with the secret_id in `{named['name']}` that "
                "is stored outside the pipeline.",
                attack="Anyone who has a copy of the secret_id logs in from anywhere, until somebody revokes it.",
                text=named["name"],
            )
            return
    for scalar, match in found_in_scripts(job, _APPROLE_PASSED, "secret", "id="):
        if not _is_fetched(job, match["name"], script):
            yield Hit(
                span=span_within(scalar, match.start(), match.end()),
                subject=job.subject,
                construct="script.approle",
                message=f"`{job.name}` passes on an AppRole's secret_id, `{match['name']}`, which is stored outside "
                "the pipeline.",
                attack="Anyone who has a copy of the secret_id logs in from anywhere, until somebody revokes it.",
                text=match["name"],
            )
            return


def _token(
    job: Job, calls: tuple[ScriptVaultCall, ...], script: str, repository: Repository
) -> Iterator[Hit]:
    if any(call.asks not in {Asks.TOKEN_LOGIN, Asks.READ, Asks.REVOKE, Asks.OTHER} for call in calls):
        return
    for name in _TOKENS:
        variable = job.variables.get(name)
        if variable is not None:
            yield from _written(job, variable, script)
            return
    used = next(iter(found_in_scripts(job, _TOKEN_USED, "_token")), None)
    if used is None or _SETS_ANYTHING.search(script) or repository.pipeline_of(job).unread:
        return
    scalar, match = used
    name = match["name"]
    if not calls or _is_fetched(job, name, f"{script}\n{repository.ask(_handed_over)}"):
        return
    is_maybe_set = _SOURCES_TOOL.search(script) is not None
    unless = ", unless the program that is sourced sets it" if is_maybe_set else ""
    yield Hit(
        span=span_within(scalar, match.start(), match.end()),
        subject=job.subject,
        construct=f"script.{name}",
        message=f"`{job.name}` uses `{name}`, which no script of the pipeline fetches: it is a stored token{unless}.",
        attack="Anyone who has a copy of the token can use it from anywhere, until somebody revokes it.",
        text=name,
        severity=Severity.MEDIUM if is_maybe_set else None,
        confidence=Confidence.LOW if is_maybe_set else Confidence.MEDIUM,
    )


def _written(job: Job, variable: Variable, script: str) -> Iterator[Hit]:
    """A token handed on from another variable; a literal is what `hardcoded-vault-token` speaks of."""
    named = _REFERENCE.match(variable.value or "")
    kept = (named[1] or named[2]) if named else ""
    if not kept or kept.startswith("CI_") or _is_fetched(job, kept, script):
        return
    yield Hit(
        span=variable.entry.span,
        subject="pipeline" if variable.scope == "global" else job.subject,
        construct=f"variables.{variable.name}",
        message=f"`{variable.name}` is set to `{kept}`, a token that is stored outside the pipeline.",
        attack="Anyone who has a copy of the token can use it from anywhere, until somebody revokes it.",
        text=f"{variable.name}: {variable.value}",
    )


def _handed_over(repository: Repository) -> str:
    """The scripts of all jobs that hand variables to others."""
    handing = (job for job in repository.jobs if job.get("artifacts", "reports", "dotenv") is not None)
    return "\n".join(line.text for job in handing for line in job.scripts)


def _is_fetched(job: Job, name: str, script: str) -> bool:
    """Whether the pipeline makes the value itself: a token, a secret, an assignment somewhere."""
    if name in job.id_tokens or name in job.secrets:
        return True
    itself = rf"[\"']?\$\{{?{name}\b"
    return re.search(rf"\b{name}=(?!{itself})|\bread\s+(?:-\w+\s+)*{name}\b", script) is not None


RULE = Rule("static-vault-identity", Job, check, Severity.HIGH, others=(Severity.MEDIUM,))
