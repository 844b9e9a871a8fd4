"""Debug tracing is switched on for a job.

What it finds
-------------
`CI_DEBUG_TRACE` or `CI_DEBUG_SERVICES` set to true in `variables:` of a job, of a rule or of the whole pipeline.

Why it matters
--------------
Debug tracing writes every command and every variable, secrets included, to the job log.

Fix
---
Take the variable out; set it for a single run by hand where it is needed.

```yaml
variables:
  CI_DEBUG_TRACE: "false"
```

Limits
------
A value that comes from a project's settings is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.edits import set_scalar
from bot.documents.nodes import Mapping, Scalar
from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

# docs.gitlab.com/ci/variables/variables_troubleshooting, 2026-11
_SWITCHES = ("CI_DEBUG_TRACE", "CI_DEBUG_SERVICES")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each switch that is on."""
    for variable in (*job.variables.values(), *job.rule_variables):
        if variable.name not in _SWITCHES or (variable.value or "").lower() not in {"true", "1"}:
            continue
        value = variable.entry.value
        scalar = value.get("value") if isinstance(value, Mapping) else value
        path = variable.entry.key.span.path
        text = repository.tree.files.get(path)
        edit = set_scalar(text, scalar, "false") if text is not None and isinstance(scalar, Scalar) else None
        shared = variable.scope == "global"
        has_secrets = bool(job.secrets or job.id_tokens)
        yield Hit(
            span=variable.entry.span,
            subject="pipeline" if shared else job.subject,
            construct=f"variables.{variable.name}",
            message=f"`{variable.name}` is on: the job log shows every command and every variable, secrets included.",
            attack="Whoever can read the job log reads the secrets in it.",
            text=f"{variable.name}: {variable.value}",
            fix=Fix(f"Switch {variable.name} off", (edit,)) if edit else None,
            severity=Severity.HIGH if has_secrets or shared else Severity.MEDIUM,
        )


RULE = Rule("debug-trace", Job, check, Severity.HIGH)
