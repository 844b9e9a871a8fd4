"""A job with production secrets runs on unprotected refs.

What it finds
-------------
- A job whose secrets (of any provider), ID tokens, role or environment are named for production, and which runs on an
  unprotected branch or in a merge request pipeline.
- A change that lets any job with secrets run there, where it did not before: a dropped `rules:`, a looser condition.
- A change that takes the `environment:` from a job with secrets, and with it the protection of that environment.

Why it matters
--------------
A Developer pushes a branch, the job runs there with whatever script the branch holds, and the secrets are his. The
rules in the file are no boundary either, since the branch brings its own file: the boundary is the role in Vault.

Fix
---
Run the job on protected refs only, and bind `ref_protected` in the role. The job then no longer runs for merge
requests and unprotected branches.

A pattern for a branch needs both anchors: `/main/` is found in `my-main-fix` too.

Bad:

```yaml
rules:
  - if: $CI_COMMIT_BRANCH =~ /main/
```

Good:

```yaml
rules:
  - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
```

Limits
------
A job that extends something which was not read is left alone, and so is the child pipeline of a job that is
restricted itself, and a job whose role is in the same repository and asks for `ref_protected`. What depends on
variables of the project's settings, on `changes` or on `exists` is unknown and gives no finding.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.edits import insert_after_entry, insert_key, replace_within
from bot.documents.nodes import Mapping, Scalar, text_of, walk
from bot.findings import Confidence, Hit, Severity, Witness
from bot.fixes import Fix
from bot.lazy import regex
from bot.pipeline.family import is_whole, starters
from bot.pipeline.jobs import flat
from bot.pipeline.matrix import in_each_cell
from bot.pipeline.model import NOT_FOLLOWED, Job, Truth
from bot.pipeline.secrets import held_by
from bot.rule import Rule
from bot.vault.claims.bounds import claims_known, is_production, requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.quoting import Value
    from bot.fixes import Edit
    from bot.pipeline.model import Pipeline
    from bot.repository import Repository


# What distinguishes one pipeline from another, of all that GitLab predefines
# (docs.gitlab.com/ci/variables/predefined_variables, 2026-11).
_DISTINGUISHING = (
    "CI_PIPELINE_SOURCE",
    "CI_COMMIT_BRANCH",
    "CI_COMMIT_TAG",
    "CI_COMMIT_REF_PROTECTED",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH",
)
_DECIDING_KEYS = ("rules", "only", "except")
_RULES: Value = [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
# Variables that choose what a token becomes: a role in Vault or AWS, an account of Google Cloud.
_IDENTITY = regex(r"ROLE|WORKLOAD_IDENTITY|SERVICE_ACCOUNT")

# `/main/` and `/^main/`, where `/^main$/` was meant.
_UNANCHORED = regex(r"=~\s*(?P<pattern>/(?!\^[\w.-]+\$/)\^?(?P<name>[\w.-]+)\$?/)")


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for a production job that runs where anyone may push, and for what a change takes from a job's guard."""
    pipeline = repository.pipeline_of(job)
    if job.hidden or "trigger" in job.node or not held_by(job) or not is_whole(job, pipeline):
        return
    before = repository.before(job)
    had_secrets = before is not None and bool(before.secrets or before.id_tokens)
    named = _is_production(job) or (before is not None and _is_production(before))
    if _refused(job, repository):
        return
    if before is not None and had_secrets and before.environment and not job.environment:
        yield _without_environment(job, before.environment)
    if not _is_open(job) or not _is_started(pipeline, repository):
        return
    newly = before is not None and had_secrets and _is_closed(before)
    if not named and not newly:
        return
    held = held_by(job)
    whose = f"{held} for production" if named else held
    since = ", which it did not before this change" if newly else ""
    yield Hit(
        span=job.entry.key.span,
        subject=job.subject,
        construct="rules",
        message=f"`{job.name}` has {whose} and also runs on unprotected refs, for example when "
        f"{job.when.story}{since}.",
        attack="A Developer changes the script on an unprotected branch and uses the job's credentials, "
        "unless the role in Vault refuses that branch.",
        text=job.name,
        fix=None if repository.on_trial else _fix(job, repository),
        witness=Witness(
            "pipeline", {k: v for k, v in job.when.example.items() if k in _DISTINGUISHING}, job.when.story
        ),
        severity=Severity.HIGH if named else Severity.MEDIUM,
        confidence=Confidence.MEDIUM if _may_have_workflow(pipeline) else Confidence.HIGH,
    )


def _is_started(pipeline: Pipeline, repository: Repository) -> bool:
    """Whether a child pipeline is started where anyone may push; a pipeline that no job starts runs by itself."""
    triggers = repository.ask(_starters).get(pipeline.root, ())
    return not triggers or any(map(_is_open, triggers))


def _starters(repository: Repository) -> dict[str, tuple[Job, ...]]:
    return starters(repository.jobs)


def _may_have_workflow(pipeline: Pipeline) -> bool:
    """Whether an include that was not followed may say when pipelines run."""
    has_workflow = pipeline.node is not None and "workflow" in pipeline.node
    return not has_workflow and any(each.reason.startswith(NOT_FOLLOWED) for each in pipeline.unread)


def _without_environment(job: Job, environment: str) -> Hit:
    return Hit(
        span=job.entry.key.span,
        subject=job.subject,
        construct="environment",
        message=f"`{job.name}` has {held_by(job)} and no longer names the environment `{environment}`.",
        attack="A protected environment limits who may run the job; without it, everyone who runs the pipeline can.",
        remedy="Name the environment again, or say in the merge request why the job does not need it.",
        text=environment,
        severity=Severity.MEDIUM if is_production(environment) else Severity.LOW,
        confidence=Confidence.MEDIUM,
    )


def _is_production(job: Job) -> bool:
    """Whether the environment, or a name of what the job gets, says production: of any provider, of tokens alone."""
    tier = text_of(job.get("environment", "deployment_tier"))
    named = [job.environment or "", tier or "", *job.secrets, *job.id_tokens]
    named += [audience for token in job.id_tokens.values() for audience in token.audiences]
    named += [each.value or "" for name, each in job.variables.items() if _IDENTITY.search(name)]
    for secret in job.secrets.values():
        named += [node.text for node in walk(secret.entry.value) if isinstance(node, Scalar)]
    return any(is_production(text) for name in named for text in in_each_cell(job, name))


def _is_open(job: Job) -> bool:
    return Truth.YES in {job.when.unprotected_ref, job.when.merge_request}


def _is_closed(job: Job) -> bool:
    return job.when.unprotected_ref is Truth.NO and job.when.merge_request is Truth.NO


def _refused(job: Job, repository: Repository) -> bool:
    """Whether a role of this repository, which the job names, lets protected refs in only.

    Then nobody reads anything there; that the job fails is what `vault-login-refused` reports.
    """
    from bot.vault.claims.role_jobs import jobs_of  # noqa: PLC0415 - most jobs hold no secret of Vault

    return any(
        requires(role, "ref_protected", "true") and jobs_of(role, (job,))
        for role in repository.vault.roles
        if claims_known(role)
    )


def _fix(job: Job, repository: Repository) -> Fix | None:
    """Anchors for patterns without; rules for a job that has none. Other rules are for somebody to change."""
    anchored = _anchored(job, repository)
    if anchored:
        return Fix(
            "Anchor the pattern: the whole name of the branch",
            anchored,
            cost="The job then no longer runs for branches whose name only contains it.",
        )
    written = job.entry.value
    text = repository.tree.files.get(job.entry.key.span.path)
    if text is None or not isinstance(written, Mapping) or any(key in job.node for key in _DECIDING_KEYS):
        return None
    stage = written.entry("stage")
    if stage is not None and stage.key.span.path == job.entry.key.span.path:
        edit = insert_after_entry(text, stage, "rules", _RULES)
    else:
        edit = insert_key(text, written, "rules", _RULES)
    cost = "The job then no longer runs for other branches, tags and merge requests."
    return Fix("Run the job on the protected default branch only", (edit,), cost=cost) if edit else None


def _anchored(job: Job, repository: Repository) -> tuple[Edit, ...]:
    """`/main/` as `/^main$/`, of branches that are protected; another name may be meant as a beginning."""
    project = repository.tree.project
    rules = job.get("rules")
    edits = []
    for rule in flat(rules) if rules is not None else ():
        condition = rule.get("if") if isinstance(rule, Mapping) else None
        text = repository.tree.files.get(condition.span.path) if condition is not None else None
        match = _UNANCHORED.search(condition.text) if isinstance(condition, Scalar) else None
        if not isinstance(condition, Scalar) or match is None or text is None:
            continue
        if match["name"] in {project.default_branch, *project.protected_refs}:
            edits.append(
                replace_within(text, condition, *match.span("pattern"), f"/^{re.escape(match['name'])}$/")
            )
    return tuple(edit for edit in edits if edit is not None)


RULE = Rule("secret-on-unprotected-ref", Job, check, Severity.HIGH, others=(Severity.MEDIUM, Severity.LOW))
