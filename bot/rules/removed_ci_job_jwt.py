"""A job uses CI_JOB_JWT, which GitLab has removed.

What it finds
-------------
`CI_JOB_JWT`, `CI_JOB_JWT_V1` or `CI_JOB_JWT_V2` anywhere in a job: its scripts, variables, the `token:` of a secret,
the variables for a downstream pipeline.

Why it matters
--------------
GitLab 17.0 removed these variables: the login gets an empty token and fails. Before 17.0 every job of the project had
such a token, and the first version has no audience, so any service that receives it can use it elsewhere.

Fix
---
Declare an ID token (`id_tokens:`) with the address of the service as its `aud`, and use its variable. The role in
Vault must accept that audience.

Bad:

```yaml
deploy:
  script:
    - vault write auth/jwt/login role=app jwt="$CI_JOB_JWT"
```

Good:

```yaml
deploy:
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
  script:
    - vault write auth/jwt/login role=app jwt="$VAULT_ID_TOKEN"
```

Limits
------
A fix is offered for scripts where the job has exactly one ID token, or names its Vault server in full. The role in
Vault must take the new audience. Scripts of the repository are not searched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.edits import insert_key, replace_within
from bot.documents.nodes import Mapping, Scalar, walk
from bot.findings import Effect, Hit, Severity
from bot.fixes import Edit, Fix
from bot.lazy import regex
from bot.pipeline.model import Job
from bot.pipeline.places import found_in_scripts, span_within
from bot.pipeline.vault_servers import vault_server
from bot.rule import Rule

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository

# Removed in GitLab 17.0 (docs.gitlab.com/update/deprecations, 2026-11).
_NAME = r"CI_JOB_JWT(?:_V[12])?\b"
_REMOVED = regex(
    rf"\$(?:env:)?(?P<brace>\{{)?(?P<name>{_NAME})(?(brace)[^}}]*\}})|\bprintenv\s+(?P<printed>{_NAME})"
)
_SIMPLE = regex(rf"\$(?:\{{{_NAME}\}}|{_NAME})")
_SCRIPTS = frozenset({"before_script", "script", "after_script", "hooks", "run"})
_TOKEN = "VAULT_ID_TOKEN"  # noqa: S105 - a variable's name


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each use of a removed token."""
    uses = list(found_in_scripts(job, _REMOVED, "ci_job_jwt"))
    fix = _fix(job, uses, repository)
    for scalar, match in uses:
        yield _hit(job, "script", match, span_within(scalar, match.start(), match.end()), fix)
    inherited = [v.entry for v in job.variables.values() if v.scope == "global"]
    for entry in (*inherited, *(entry for entry in job.node if entry.key.text not in _SCRIPTS)):
        for node in walk(entry.value):
            if not isinstance(node, Scalar) or "CI_JOB_JWT" not in node.text:
                continue
            for match in _REMOVED.finditer(node.text):
                where = "variables" if entry in inherited else entry.key.text
                yield _hit(job, where, match, span_within(node, match.start(), match.end()), None)


def _hit(job: Job, where: str, match: re.Match[str], span: Span, fix: Fix | None) -> Hit:
    name = match["name"] or match["printed"]
    return Hit(
        span=span,
        subject=job.subject,
        construct=f"{where}.{name}",
        message=f"`{name}` no longer exists since GitLab 17.0: the job gets an empty token.",
        attack="On an older GitLab every job holds this token, and a service that receives it can log in with it "
        "elsewhere.",
        text=match[0],
        fix=fix,
    )


def _fix(job: Job, uses: list[tuple[Scalar, re.Match[str]]], repository: Repository) -> Fix | None:
    """Every use in the job's scripts replaced at once; the token declared where the script is."""
    files = repository.tree.files
    if len(job.id_tokens) > 1 or not all(_SIMPLE.fullmatch(match[0]) for _, match in uses):
        return None
    name = next(iter(job.id_tokens), _TOKEN)
    edits: list[Edit | None] = []
    for scalar, match in uses:
        text = files.get(scalar.span.path)
        written = f"${{{name}}}" if match["brace"] else f"${name}"
        edits.append(
            replace_within(text, scalar, match.start(), match.end(), written) if text is not None else None
        )
    if uses and not job.id_tokens:
        owner = _owner(uses[0][0].span, repository)
        server = vault_server(job)
        if owner is None or server is None:
            return None
        edits.append(insert_key(files[owner.span.path], owner, "id_tokens", {_TOKEN: {"aud": server}}))
    made = tuple(edit for edit in edits if edit is not None)
    return (
        Fix("Use an ID token", made, cost="The role in Vault must accept the token's audience.")
        if made and len(made) == len(edits)
        else None
    )


def _owner(span: Span, repository: Repository) -> Mapping | None:
    """The job or template in which the line is written."""
    for pipeline in repository.pipelines_with(span.path):
        for job in pipeline.every_job:
            own = job.entry.value
            if (
                isinstance(own, Mapping)
                and own.span.path == span.path
                and own.span.start_line <= span.start_line
                and span.end_line <= own.span.end_line
            ):
                return own
    return None


RULE = Rule("removed-ci-job-jwt", Job, check, Severity.MEDIUM, effect=Effect.BREAKS)
