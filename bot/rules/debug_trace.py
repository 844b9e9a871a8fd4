"""Debug tracing is switched on for a job.

What it finds
-------------
`CI_DEBUG_TRACE` or `CI_DEBUG_SERVICES` set to true where GitLab reads it: in `variables:` of the whole pipeline, of a
job, of one of its rules, of `workflow: rules`, in `parallel: matrix`, and in a trigger job, which hands it on.

Why it matters
--------------
Debug tracing writes every command and every variable, secrets included, to the job log.

Fix
---
Take the variable out; set it for a single run by hand where it is needed.

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
from bot.documents.nodes import Mapping, Scalar
from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.pipeline.jobs import flat, variables_of
from bot.pipeline.matrix import matrix_variables
from bot.pipeline.model import Pipeline, Variable
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.model import Job
    from bot.repository import Repository

# docs.gitlab.com/ci/variables/variables_troubleshooting, 2026-11
_OF_SERVICES = "CI_DEBUG_SERVICES"
_SWITCHES = ("CI_DEBUG_TRACE", _OF_SERVICES)
# gitlab-runner common/variables.go `Bool`: Go's ParseBool of the small letters, 2026-11
_TRUE = ("true", "1", "t")


def check(pipeline: Pipeline, repository: Repository) -> Iterator[Hit]:
    """A hit for each switch that is on."""
    jobs = (pipeline.jobs or pipeline.hidden_jobs).values()
    any_secrets = any(_has_secrets(job) for job in jobs)
    for job in jobs:
        for variable in (*job.variables.values(), *job.rule_variables, *matrix_variables(job)):
            shared = variable.scope == "global"
            if _is_on(variable) and (shared or not _keeps(job)):
                has_secrets = any_secrets if shared else _has_secrets(job)
                yield _hit(variable, None if shared else job, repository, has_secrets=has_secrets)
    workflow = pipeline.node.get("workflow", "rules") if pipeline.node else None
    for variable in _of_rules(workflow):
        if _is_on(variable):
            yield _hit(variable, None, repository, has_secrets=any_secrets)


def _is_on(variable: Variable) -> bool:
    node = variable.entry.value
    is_true = isinstance(node, Scalar) and node.value is True
    return variable.name in _SWITCHES and (is_true or (variable.value or "").lower() in _TRUE)


def _has_secrets(job: Job) -> bool:
    return bool(job.secrets or job.id_tokens)


def _keeps(job: Job) -> bool:
    """Whether it is a trigger job that hands none of its variables on; it has no log of its own."""
    forwarded = job.get("trigger", "forward", "yaml_variables")
    return isinstance(forwarded, Scalar) and forwarded.value is False


def _of_rules(rules: Node | None) -> Iterator[Variable]:
    for rule in flat(rules) if rules is not None else ():
        if isinstance(rule, Mapping):
            yield from variables_of(rule.get("variables"), "rule").values()


def _hit(variable: Variable, job: Job | None, repository: Repository, *, has_secrets: bool) -> Hit:
    node = variable.entry.value
    scalar = node.get("value") if isinstance(node, Mapping) else node
    text = repository.tree.files.get(node.span.path)
    edit = set_scalar(text, scalar, "false") if text is not None and isinstance(scalar, Scalar) else None
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
        attack="Whoever can read the job log reads the secrets in it.",
        text=f"{variable.name}: {variable.value}",
        fix=Fix(f"Switch {variable.name} off", (edit,)) if edit else None,
        severity=_severity(variable.name, has_secrets=has_secrets),
    )


def _shown(name: str) -> str:
    if name == _OF_SERVICES:
        return "the logs of the job's services, with whatever they print"
    return "every command and every variable, secrets included"


def _severity(name: str, *, has_secrets: bool) -> Severity:
    """The services' logs are not the job's variables (GitLab Runner 19.4, tried 2026-11)."""
    if name == _OF_SERVICES:
        return Severity.LOW
    return Severity.HIGH if has_secrets else Severity.MEDIUM


RULE = Rule("debug-trace", Pipeline, check, Severity.HIGH)
