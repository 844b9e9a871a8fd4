"""Terraform shows a secret.

What it finds
-------------
- `terraform output -json` (or `-raw` of an output with the name of a secret), `terraform state pull`, `terraform show
  -json` with the output in the job log, and `TF_LOG` at `DEBUG` or `TRACE`.
- A plan (`-out=FILE`), a state, or a log (`TF_LOG_PATH`) in the artifacts or the cache.
- `-var "password=$X"` on the command line.

Why it matters
--------------
State and plan hold every secret that Terraform manages, in plain text. Nothing masks them.

Fix
---
Write the output to a file outside the project (`terraform output -raw name > "$(mktemp)"`) or into a variable. A plan
or state that a later job needs: encrypt it, or limit who can download it (`artifacts:access: maintainer`).

```yaml
artifacts:
  access: maintainer
  paths: [plan.cache]
```

Bad:

```yaml
script:
  - terraform output -json
```

Good:

```yaml
script:
  - terraform output -json > "$(mktemp)"
```

Limits
------
What providers print by themselves is not known. A plan may contain no secret at all: such a finding is medium, and low
where `artifacts: access` keeps most people out. Ephemeral values and write-only arguments stay out of plans.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.findings import Hit, Severity
from bot.lazy import regex
from bot.leaks.model import Sink
from bot.leaks.programs import safe_form
from bot.leaks.repairs import quiet, rewritten
from bot.leaks.uploads import is_guarded
from bot.leaks.wording import leak_hit, masking_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.fixes import Fix
    from bot.leaks.model import Leak, LeakSource
    from bot.repository import Repository

_LOGS: Final = frozenset({"TF_LOG", "TF_LOG_PROVIDER"})
_NO_LOG: Final = "Unset the variable in jobs with secrets; set it by hand for one run where you need the log."
_UPLOADED: Final = regex(r"(artifacts|cache|pages|dotenv):([^:]*):(.*)", re.DOTALL)
_FILES: Final = {
    "terraform plan": "every value of the plan, secrets in plain text",
    "TF_LOG": "the requests of the providers, secrets in plain text",
    "TF_LOG_PROVIDER": "the requests of the providers, secrets in plain text",
}


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command."""
    for leak in repository.leaks(job):
        if leak.sink is not Sink.TERRAFORM or leak.source is None:
            continue
        message, attack, severity = _description(leak, leak.source, job)
        prints = leak.detail != "-var" and not _UPLOADED.fullmatch(leak.detail)
        code = quiet(leak) if prints and leak.source.name not in _LOGS else None
        yield leak_hit(
            job,
            leak,
            message=message,
            attack=attack,
            fix=_fix(leak, repository, code),
            severity=severity,
            remedy=_NO_LOG if leak.source.name in _LOGS else "",
        )


def _fix(leak: Leak, repository: Repository, quiet_code: str | None) -> Fix | None:
    files = repository.tree.files
    if quiet_code is not None:
        return rewritten(leak, files, quiet_code, "Do not print it")
    code = safe_form(leak) if leak.detail == "-var" else None
    # a terraform.tfvars that sets the variable too would win over the environment
    return (
        rewritten(
            leak,
            files,
            code,
            "Hand it over in the environment",
            cost="The variable must be declared in the configuration.",
        )
        if code
        else None
    )


def _description(leak: Leak, source: LeakSource, job: Job) -> tuple[str, str, Severity]:
    """What is true of this place, what somebody does with it, and how bad that is."""
    if leak.detail == "-var":
        return (
            f"`{source.name}` is an argument of Terraform, seen by every process; use `TF_VAR_...`.",
            "Another process of the machine that runs the job reads the secret in its list of processes.",
            Severity.LOW,
        )
    uploaded = _UPLOADED.fullmatch(leak.detail)
    if uploaded is not None:
        what = _FILES.get(source.name, "what Terraform manages, its secrets in plain text")
        return (
            f"`{uploaded[2]}` leaves the job with its {uploaded[1]}, pattern `{uploaded[3]}`: it contains {what}.",
            "Anyone who can download the job's artifacts reads the secrets in the file.",
            Severity.LOW if is_guarded(job) else Severity.MEDIUM,
        )
    whole = source.name in _LOGS or leak.detail.startswith("every output")
    return (
        f"`{source.name}` prints {leak.detail} to the job log. {masking_of(leak)}",
        "Anyone who can read this job's log reads the secret.",
        Severity.MEDIUM if whole else Severity.HIGH,
    )


RULE = Rule("terraform-prints-secret", Job, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
