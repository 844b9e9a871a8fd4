"""A job with production secrets runs on refs that anyone may push.

What it finds
-------------
A job whose secrets or environment are named for production, and which runs on an unprotected branch or in a merge
request pipeline.

Why it matters
--------------
A Developer pushes a branch, the job runs there with whatever script the branch holds, and the secrets are his. The
rules in the file are no boundary either, since the branch brings its own file: the boundary is the role in Vault.

Fix
---
Restrict the job, and bind `ref_protected` in the role:

```yaml
rules:
  - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
```

Limits
------
A job whose role stands in the same repository and asks for `ref_protected` is left alone. What depends on variables of
the project's settings, on `changes` or on `exists` is unknown and gives no finding.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import insert_after_entry, insert_key
from bot.documents.nodes import Mapping
from bot.findings import Hit, Severity, Witness
from bot.fixes import Fix
from bot.pipeline.model import Answer, Job
from bot.rule import Rule
from bot.vault.bounds import claims_known, requires
from bot.vault.jobs import jobs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.quoting import Value
    from bot.repository import Repository

_PRODUCTION = re.compile(r"(?:^|[^a-z])(?:prod|production|live)(?:$|[^a-z])", re.IGNORECASE)


# What tells one pipeline from another, of all that GitLab predefines
# (docs.gitlab.com/ci/variables/predefined_variables, 2026-11).
_TELLING = (
    "CI_PIPELINE_SOURCE",
    "CI_COMMIT_BRANCH",
    "CI_COMMIT_TAG",
    "CI_COMMIT_REF_PROTECTED",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH",
)
_DECIDING_KEYS = ("rules", "only", "except", "trigger")
_RULES: Value = [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for a production job that runs where anyone may push."""
    if job.hidden or not (job.secrets or job.id_tokens):
        return
    if job.when.unprotected_ref is not Answer.YES and job.when.merge_request is not Answer.YES:
        return
    paths = [f"{s.vault.mount}/{s.vault.path}" for s in job.secrets.values() if s.vault]
    role = job.variables.get("VAULT_AUTH_ROLE")
    named = [job.environment or "", (role.value or "") if role else "", *paths]
    if not any(map(_PRODUCTION.search, named)) or _refused(job, repository):
        return
    yield Hit(
        span=job.entry.key.span,
        subject=job.subject,
        construct="rules",
        message=f"`{job.name}` holds production secrets and also runs when {job.when.story}.",
        attack="A Developer changes the script on a branch of his own and reads the production secrets there, "
        "unless the role in Vault refuses that branch.",
        text=job.name,
        fix=_fix(job, repository),
        witness=Witness(
            "pipeline", {k: v for k, v in job.when.example.items() if k in _TELLING}, job.when.story
        ),
    )


def _refused(job: Job, repository: Repository) -> bool:
    """Whether a role of this repository, which the job names, lets protected refs in only.

    Then nobody reads anything there; that the job fails is what `vault-role-unusable` says.
    """
    return any(
        requires(role, "ref_protected", "true") and job in jobs_of(role, repository.jobs)
        for role in repository.vault.roles
        if claims_known(role)
    )


def _fix(job: Job, repository: Repository) -> Fix | None:
    """Rules for a job that has none; rules that somebody wrote are for somebody to change."""
    written = job.entry.value
    text = repository.tree.files.get(job.entry.key.span.path)
    if text is None or not isinstance(written, Mapping) or any(key in job.node for key in _DECIDING_KEYS):
        return None
    stage = written.entry("stage")
    if stage is not None and stage.key.span.path == job.entry.key.span.path:
        edit = insert_after_entry(text, stage, "rules", _RULES)
    else:
        edit = insert_key(text, written, "rules", _RULES)
    return Fix("Run the job on the protected default branch only", (edit,), safe=False) if edit else None


RULE = Rule("secret-on-unprotected-ref", Job, check, Severity.HIGH)
