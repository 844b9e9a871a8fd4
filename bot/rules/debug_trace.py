"""Debug tracing is turned on for a job.

What it finds
-------------
`CI_DEBUG_TRACE` or `CI_DEBUG_SERVICES` set to true where GitLab reads it: in `variables:` of the whole pipeline, of a
job, of one of its rules, of `workflow: rules`, in `parallel: matrix`, and in a trigger job, which hands it on.

Why it matters
--------------
Debug tracing writes every command and every variable, secrets included, to the job log.

Fix
---
Remove the variable. Where you need the trace once, set it by hand for one run, and erase that job's log.

Bad:

```yaml
variables:
  CI_DEBUG_TRACE: "true"
```

Good:

```yaml
variables:
  CI_DEBUG_TRACE: "false"
```

Limits
------
A value that comes from a project's settings is not seen. `export CI_DEBUG_TRACE=true` in a script changes nothing: the
runner reads the variable before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.edits import set_scalar
from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.pipeline.model import Pipeline
from bot.pipeline.switches import switches
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.pipeline.model import Job
    from bot.pipeline.switches import Switch
    from bot.repository import Repository

# docs.gitlab.com/ci/variables/variables_troubleshooting, 2026-11
_OF_SERVICES = "CI_DEBUG_SERVICES"
_ATTACKS = {
    "CI_DEBUG_TRACE": "Anyone who can read the job log can use a secret that is printed there in another form.",
    _OF_SERVICES: "Anyone who can read the job log can use a password that a service prints.",
}
_SWITCHES = tuple(_ATTACKS)


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each switch that is on."""
    any_secrets = any(_has_secrets(job) for job in (pipeline.jobs or pipeline.hidden_jobs).values())
    for switch in switches(pipeline, _SWITCHES):
        if switch.is_on:
            has_secrets = any_secrets if switch.job is None else _has_secrets(switch.job)
            yield _hit(switch, repository, has_secrets=has_secrets)


def _has_secrets(job: Job) -> bool:
    return bool(job.secrets or job.id_tokens)


def _hit(switch: Switch, repository: Repository, *, has_secrets: bool) -> Hit:
    variable, job, scalar = switch.variable, switch.job, switch.scalar
    text = repository.tree.files.get(variable.entry.value.span.path)
    edit = set_scalar(text, scalar, "false") if text is not None and scalar is not None else None
    whose = (
        f"the log of the pipeline that `{job.name}` starts"
        if job and "trigger" in job.node
        else "the job log"
    )
    return Hit(
        span=variable.entry.span,
        subject=job.subject if job else "pipeline",
        construct=f"variables.{variable.name}",
        message=f"`{variable.name}` is on: {whose} shows {_shown(variable.name)}.",
        attack=_ATTACKS[variable.name],
        text=f"{variable.name}: {variable.value}",
        fix=Fix(f"Switch {variable.name} off", (edit,)) if edit else None,
        severity=_severity(variable.name, has_secrets=has_secrets),
    )


def _shown(name: str) -> str:
    if name == _OF_SERVICES:
        return "what the job's services print"
    return "every command and every variable; GitLab masks only the exact value of a secret"


def _severity(name: str, *, has_secrets: bool) -> Severity:
    """The services' logs are not the job's variables (GitLab Runner 19.4, tried 2026-11)."""
    if name == _OF_SERVICES:
        return Severity.LOW
    return Severity.HIGH if has_secrets else Severity.MEDIUM


RULE = Rule("debug-trace", Pipeline, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
