"""A verbose option prints the credentials of a request.

What it finds
-------------
`curl -v`, `wget -d`, `http --verbose`, `kubectl -v=8`, `ssh -vvv` on a command that carries a secret in its arguments;
and `GIT_TRACE`, `GIT_TRACE_CURL`, `GIT_CURL_VERBOSE` or `GIT_TRACE_REDACT: 0` among the variables of a job with
secrets.

Why it matters
--------------
Verbose output shows the request's headers, the `Authorization` header among them, base64-encoded where it is a
password. Masking does not know that form.

Fix
---
Remove the verbose option or variable. For curl use `-sS --fail`, and `-w '%{http_code}' -o /dev/null` where you need
the status.

Bad:

```yaml
script:
  - 'curl -v -H "Authorization: Bearer $API_TOKEN" https://api.example.com'
```

Good:

```yaml
script:
  - 'curl -sS --fail -H "Authorization: Bearer $API_TOKEN" https://api.example.com'
```

Limits
------
Options that come from a configuration file are not seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import remove_entry
from bot.documents.nodes import Mapping
from bot.findings import Hit, Severity
from bot.fixes import Fix
from bot.leaks.model import Sink
from bot.leaks.repairs import rewritten
from bot.leaks.visibility import log_severity
from bot.leaks.wording import attack_of, leak_hit, masking_of, way_of
from bot.pipeline.model import Job
from bot.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.leaks.model import Leak
    from bot.repository import Repository


_ON = frozenset({"1", "2", "true"})
# GIT_TRACE prints the arguments of every command, the next two the traffic, with the Authorization header blanked
# unless GIT_TRACE_REDACT is 0 (git-scm.com/docs/git, environment variables, 2026-11).
_GIT = {
    "GIT_TRACE": (_ON, Severity.LOW),
    "GIT_TRACE_CURL": (_ON, Severity.LOW),
    "GIT_CURL_VERBOSE": (_ON, Severity.LOW),
    "GIT_TRACE_REDACT": (frozenset({"0", "false"}), Severity.HIGH),
}
_WHAT = {
    "GIT_TRACE": "makes git print its commands to the job log",
    "GIT_TRACE_REDACT": "makes git leave the credentials in what it traces to the job log",
}
_PRINTS = "makes git print its traffic to the job log"


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each such command, and for each such variable."""
    yield from _variables(job, repository)
    for leak in repository.leaks(job):
        if leak.sink is not Sink.VERBOSE or leak.source is None:
            continue
        code = re.sub(r"\s(?:-v+|--verbose)(?=\s|$)", "", leak.code)
        yield leak_hit(
            job,
            leak,
            message=(
                f"{_shown(leak)} is printed to the job log, with `{leak.source.name}` in it: {way_of(leak)}."
                f" {masking_of(leak)}"
            ),
            attack=attack_of(leak),
            fix=rewritten(leak, repository.tree.files, code, "Do not print the request"),
            severity=log_severity(leak),
        )


def _shown(leak: Leak) -> str:
    return "The command for the other host" if leak.command == "ssh" else "The request with its headers"


def _variables(job: Job, repository: Repository) -> Iterator[Hit]:
    """What git is reported to print, where the job holds secrets that its remotes may need."""
    if not (job.secrets or job.id_tokens):
        return
    for variable in job.variables.values():
        on, severity = _GIT.get(variable.name, (frozenset(), Severity.LOW))
        if (variable.value or "").lower() not in on:
            continue
        yield Hit(
            span=variable.entry.span,
            subject="pipeline" if variable.scope == "global" else job.subject,
            construct=f"variables.{variable.name}",
            message=f"`{variable.name}` {_WHAT.get(variable.name, _PRINTS)}.",
            attack="Anyone who can read this job's log takes the credential from a printed URL or header.",
            text=f"{variable.name}: {variable.value}",
            fix=_without(job, variable.name, repository),
            severity=severity,
        )


def _without(job: Job, name: str, repository: Repository) -> Fix | None:
    """The job's own variables without that one; pipeline-wide ones are for a person to judge."""
    own = job.node.get("variables")
    text = repository.tree.files.get(own.span.path) if own is not None else None
    if text is None or not isinstance(own, Mapping):
        return None
    edit = remove_entry(text, own, name)
    return Fix(f"Do not set {name}", (edit,)) if edit else None


RULE = Rule("verbose-transport", Job, check, Severity.MEDIUM, others=(Severity.HIGH, Severity.LOW))
