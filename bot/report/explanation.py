"""What is known at one place of a file: the job as GitLab runs it, the role as Vault reads it, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.nodes import Mapping, Sequence
from bot.facts.secret_names import names_secret
from bot.pipeline.model import is_foreign
from bot.report.cloud_explanation import explained_logins, explained_trusts
from bot.report.masking import Mask
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.role_jobs import issuer_in, jobs_of
from bot.vault.claims.terms import WriteRefusal
from bot.vault.policy_use import roles_with
from bot.vault.reach import policy_names, reach_of
from bot.vault.reading import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.documents.location import Span
    from bot.documents.nodes import Entry, Node
    from bot.findings import Finding
    from bot.pipeline.model import Job, Variable
    from bot.repository import Repository
    from bot.vault.policies.policy import VaultPolicy
    from bot.vault.roles.jwt_role import JwtRole


def explain(repository: Repository, path: str, line: int, findings: Iterable[Finding]) -> str:
    """Everything known at `path`, line `line` (from 1), as text; "" where nothing is."""
    findings = tuple(findings)
    here = [finding for finding in findings if _covers(finding.span, path, line)]
    mask = Mask(findings, repository.tree.files.get)
    blocks = [mask.code("\n".join(block)) for block in _blocks(repository, path, line)]
    if here:
        said = [f"  {each.severity}[{each.rule}] {mask(each.message)}" for each in here]
        blocks.append("\n".join(["findings here:", *said]))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def roles_at(repository: Repository, path: str, line: int) -> tuple[JwtRole, ...]:
    """The roles that have to do with a place: by role, policy or job there; all where none of these is there."""
    vault = repository.vault
    own = [role for role in vault.roles if _covers(role.span, path, line)]
    for policy in vault.policies:
        if _covers(policy.span, path, line):
            own += roles_with(policy, vault)
    own += [role for role in vault.roles if jobs_of(role, jobs_at(repository, path, line))]
    return tuple(role for role in vault.roles if role in own) or tuple(vault.roles)


def jobs_at(repository: Repository, path: str, line: int) -> tuple[Job, ...]:
    """The jobs that the place is a part of."""
    return tuple(
        job for job in repository.jobs if _covers(job.entry.span, path, line) or _uses(job.node, path, line)
    )


def _blocks(repository: Repository, path: str, line: int) -> Iterator[list[str]]:
    for pipeline in repository.pipelines:
        jobs = (*pipeline.jobs.values(), *pipeline.hidden_jobs.values())
        inside = [job for job in jobs if _covers(job.entry.span, path, line)]
        users = [job for job in jobs if job not in inside and _uses(job.node, path, line)]
        for job in inside or users:
            yield [*_job(job, path), *explained_logins(job, repository)]
        if inside and users:
            yield ["used by: " + ", ".join(job.subject for job in users)]
    yield from explained_trusts(repository, path, line)
    vault = repository.vault
    for role in vault.roles:
        if _covers(role.span, path, line):
            yield list(_role(role, repository))
    for policy in vault.policies:
        if _covers(policy.span, path, line):
            yield list(_policy(policy, repository))
    for mount in vault.mounts:
        if _covers(mount.span, path, line):
            yield [f"{mount.subject}, which configures:", *_fields(mount.fields.values(), path)]


def _job(job: Job, path: str) -> Iterator[str]:
    """A job with where each part of it comes from."""
    yield f"{job.subject}{' (hidden: a template)' if job.hidden else ''}, defined at {_place(job.entry.span)}"
    when = job.when
    yield (
        f"  runs in merge requests: {when.merge_request}, on unprotected branches: {when.unprotected_ref},"
        f" for forks: {when.fork}"
    )
    if when.story:
        yield f"    for example: {when.story}"
    if job.environment:
        yield f"  environment: {job.environment}"
    for name, secret in job.secrets.items():
        where = (
            f"{secret.vault.mount}/{secret.vault.path}, field {secret.vault.secret_field}"
            if secret.vault
            else ""
        )
        holds = "a file's path" if secret.is_file else "the value"
        read = f" from {where}" if where else ""
        yield f"  secret {name}: {holds}{read}, by {secret.provider}{_from(secret.entry, path)}"
    for name, token in job.id_tokens.items():
        yield f"  ID token {name}: for {', '.join(token.audiences) or 'nobody'}{_from(token.entry, path)}"
    for variable in job.variables.values():
        yield f"  variable {variable.name}: {_shown(variable)} ({variable.scope}){_from(variable.entry, path)}"
    for script in job.scripts:
        first, *more = script.text.split("\n")
        way = f", by {' <- '.join(script.via)}" if script.via else ""
        ellipsis = f" … ({len(more) + 1} lines)" if any(part.strip() for part in more) else ""
        yield f"  {script.section} {_place(script.scalar.span)}{way}: {first}{ellipsis}"
    shown = {"secrets", "id_tokens", "variables", "script", "before_script", "after_script", "environment"}
    for key, entry in job.node.entries.items():
        if key not in shown:
            yield f"  {key}:{_from(entry, path) or ' ' + _place(entry.span)}"


def _shown(variable: Variable) -> str:
    if variable.value is None:
        return "no value"
    if names_secret(variable.name) and "$" not in variable.value:
        return "a value that is not shown, for its name promises a secret"
    return variable.value.split("\n")[0]


def _role(role: JwtRole, repository: Repository) -> Iterator[str]:
    yield f"{role.subject}, for tokens of {issuer_in(role, repository)}"
    yield from _fields(role.fields.values(), role.span.path)
    terms = terms_of(role)
    if isinstance(terms, WriteRefusal):
        yield f"  Vault refuses to store it: {terms.reason}"
    reach = reach_of(role, repository.vault)
    yield f"  it reaches: {reach.power}"
    for name in dict.fromkeys(policy_names(role)):
        missing = name in reach.missing
        yield f"    policy {as_json(name)}{' (its text is not in this repository)' if missing else ''}"
        yield from (
            f"      {grant.rule.path}: {', '.join(sorted(grant.capabilities))}"
            for grant in reach.grants
            if grant.policy.name == name
        )
    jobs = jobs_of(role, repository.jobs)
    yield f"  jobs that log in with it: {', '.join(job.name for job in jobs) or 'none in this repository'}"


def _fields(fields: Iterable[object], path: str) -> Iterator[str]:
    for each in fields:
        name, value, span = each.name, each.value, each.span  # type: ignore[attr-defined]
        place = f":{span.start_line}" if span.path == path else f" {_place(span)}"
        yield f"  {name} = {as_json(value)}  (line{place})".replace("(line:", "(line ")


def _policy(policy: VaultPolicy, repository: Repository) -> Iterator[str]:
    yield f"{policy.subject}{'' if policy.complete else ' (only in part understood)'}"
    for rule in policy.rules:
        yield f"  {rule.path}: {', '.join(sorted(rule.capabilities))}"
    roles = roles_with(policy, repository.vault)
    yield f"  roles that give it to jobs: {', '.join(role.name for role in roles) or 'none in this repository'}"


def _from(entry: Entry, path: str) -> str:
    """Where the entry is and how it came, where that is not the file that is asked about."""
    parts = []
    span = entry.key.span
    if span.path != path or entry.via:
        parts.append(_place(span))
    parts += entry.via
    return f"  [{', '.join(parts)}]" if parts else ""


def _place(span: Span) -> str:
    return f"{span.path.lstrip('/') if is_foreign(span.path) else span.path}:{span.start_line}"


def _covers(span: Span, path: str, line: int) -> bool:
    return span.path == path and span.start_line <= line <= span.end_line


def _uses(node: Node, path: str, line: int) -> bool:
    """Whether some part of the merged node is on that line."""
    if isinstance(node, Mapping):
        return any(_covers(entry.key.span, path, line) or _uses(entry.value, path, line) for entry in node)
    if isinstance(node, Sequence):
        return any(_uses(item, path, line) for item in node)
    return _covers(node.span, path, line)
