"""A feature flag turns off a safeguard for secrets.

What it finds
-------------
In `variables:` of the pipeline, of a job, of a rule or a matrix:

- `FF_SECRET_RESOLVING_FAILS_IF_MISSING` switched off, where jobs have `secrets:`;
- `FF_MASK_ALL_DEFAULT_TOKENS` switched off.

Why it matters
--------------
Without the first, a job whose secret is not found runs on with an empty variable: a deployment without a password, a
signature without a key. Without the second, the log shows tokens with GitLab's own prefixes, which the runner masks
since 17.9 wherever they come from.

Fix
---
Remove the variable, or set it to `true`.

Bad:

```yaml
variables:
  FF_SECRET_RESOLVING_FAILS_IF_MISSING: "false"
secrets:
  SIGNING_PASSWORD:
    vault: app/signing/password@secret
```

Good:

```yaml
variables:
  FF_SECRET_RESOLVING_FAILS_IF_MISSING: "true"
secrets:
  SIGNING_PASSWORD:
    vault: app/signing/password@secret
```

Limits
------
A flag in the runner's own settings (`[runners.feature_flags]`) or in the project's variables is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.edits import set_scalar
from bot.findings import Effect, Hit, Severity
from bot.fixes import Fix
from bot.pipeline.model import Pipeline
from bot.pipeline.switches import switches
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# docs.gitlab.com/runner/configuration/feature-flags; the first tried with GitLab Runner 19.4, 2026-11
_RESOLVING = "FF_SECRET_RESOLVING_FAILS_IF_MISSING"
_MASKING = "FF_MASK_ALL_DEFAULT_TOKENS"
_WITHOUT = {
    _RESOLVING: (
        "a secret that is not found is an empty variable, and the job runs on",
        "Nobody notices that the secret is missing until something was deployed, or accepted, without it.",
    ),
    _MASKING: (
        "the log shows tokens with GitLab's prefixes (`glpat-` and others)",
        "Anyone who can read the job log can use a token that a command prints.",
    ),
}


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each safeguard that is switched off."""
    any_secrets = any(job.secrets for job in (pipeline.jobs or pipeline.hidden_jobs).values())
    for switch in switches(pipeline, _WITHOUT):
        variable, job = switch.variable, switch.job
        needs = any_secrets if job is None else bool(job.secrets)
        if switch.is_on or "$" in (variable.value or "") or (variable.name == _RESOLVING and not needs):
            continue
        scalar = switch.scalar
        text = repository.tree.files.get(variable.entry.value.span.path)
        edit = set_scalar(text, scalar, "true") if text is not None and scalar is not None else None
        effect, attack = _WITHOUT[variable.name]
        yield Hit(
            span=variable.entry.span,
            subject=job.subject if job else "pipeline",
            construct=f"variables.{variable.name}",
            message=f"`{variable.name}` is off: {effect}.",
            attack=attack,
            text=f"{variable.name}: {variable.value}",
            fix=Fix(
                f"Switch {variable.name} on",
                (edit,),
                cost="A job that relies on it being off fails, or prints less.",
            )
            if edit
            else None,
        )


RULE = Rule("runner-safeguard-off", Pipeline, check, Severity.LOW, effect=Effect.WEAKENS)
