"""A job names a role that refuses its login.

What it finds
-------------
A job that names a role of the same repository, by `VAULT_AUTH_ROLE` or in its script (`vault write auth/jwt/login
role=$ROLE`, with the variables that the file or the script sets):

- the role is for other pipelines: the job runs for tags and the role accepts branches, for `develop` and the role
  accepts `main`, in merge requests alone and the role accepts protected refs;
- the role binds an environment that the job does not have;
- the job requests another audience than the role binds, often by a slash at the end.

Why it matters
--------------
The login fails in every pipeline, and the usual next step is to loosen the role until it works.

Fix
---
Let the job log in with a role that accepts it: audience, ref and environment must be those that the role binds.

Here the role binds `https://vault.example.com`.

The role binds `https://vault.example.com`.

Bad:

```yaml
id_tokens:
  VAULT_ID_TOKEN: { aud: https://vault.example.com/ }
variables: { VAULT_AUTH_ROLE: app }
```

Good:

```yaml
id_tokens:
  VAULT_ID_TOKEN: { aud: https://vault.example.com }
variables: { VAULT_AUTH_ROLE: app }
```

Limits
------
Rules that depend on changed files, or on variables that the file does not set, count as met. A merge request pipeline
can count as protected since GitLab 18.1, where the project allows it and both branches are protected: then the finding
is low.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.edits import set_scalar
from bot.documents.nodes import Scalar, Sequence
from bot.findings import Effect, Hit, Related, Severity
from bot.fixes import Fix
from bot.pipeline.model import IdToken, Job, SecretProvider, Truth
from bot.pipeline.runs import MERGE_REQUEST, run_of
from bot.pipeline.vault_servers import expanded
from bot.rule import Rule
from bot.vault.claims.role_jobs import ScriptLogin, is_for_gitlab, roles_named, script_logins
from bot.vault.reading import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.documents.location import Span
    from bot.pipeline.runs import PipelineRun
    from bot.repository import Repository
    from bot.vault.claims.solver import RefToken
    from bot.vault.claims.terms import RoleTerms
    from bot.vault.roles.jwt_role import JwtRole

_SOURCES = ("push", "web", "schedule", "api", "trigger", "pipeline", "parent_pipeline", "chat", "external")
_ATTACK = "The login fails; the usual next step is to loosen the role until it works."


def check(job: Job, repository: Repository) -> Iterator[Hit]:
    """A hit for each role that the job names and that refuses it."""
    for login in () if job.hidden else _logins(job):
        role = next(
            (each for each in repository.vault.roles_on(login.mount) if each.name == login.role), None
        )
        if role is not None:
            yield from _refusals(job, role, repository, login)


def _refusals(job: Job, role: JwtRole, repository: Repository, login: ScriptLogin) -> Iterator[Hit]:
    from bot.vault.claims.bounds import terms_of  # noqa: PLC0415 - most pipelines pay for none of it
    from bot.vault.claims.terms import WriteRefusal  # noqa: PLC0415 - as above
    from bot.vault.claims.witness import can_match  # noqa: PLC0415 - as above

    terms = terms_of(role)
    if terms is None or isinstance(terms, WriteRefusal):
        return
    if is_for_gitlab(role, repository) and role.complete and can_match(role):
        yield from _audience(job, role, terms, repository, login.token)
        yield from _environment(job, role, terms, login.span)
        yield from _pipelines(job, role, terms, repository, login.span)


def _logins(job: Job) -> Iterator[ScriptLogin]:
    """Each role that the job logs in with, by its variables or its script, and where it says so."""
    for mount, name in roles_named(job):
        yield ScriptLogin(mount, name, _token_of_secrets(job), _place(job))
    yield from script_logins(job)


def _token_of_secrets(job: Job) -> str:
    """The ID token with which the runner logs in for all secrets of the job; "" where it does not say which."""
    of_vault = (each for each in job.secrets.values() if each.provider is SecretProvider.VAULT)
    first = next(of_vault, None)
    return (first.token or "") if first is not None else ""


def _audience(job: Job, role: JwtRole, terms: RoleTerms, repository: Repository, named: str) -> Iterator[Hit]:
    accepted = terms.bound_audiences
    used = {named: job.id_tokens[named]} if named in job.id_tokens else job.id_tokens
    wanted = {expanded(audience, job) for token in used.values() for audience in token.audiences}
    is_judged = bool(accepted) and known(list(accepted)) and not any("$" in each for each in wanted)
    if not wanted or not is_judged or not wanted.isdisjoint(accepted):
        return
    token = next(iter(used.values()))
    requested = ", ".join(sorted(wanted))
    yield Hit(
        span=token.entry.span,
        subject=job.subject,
        construct=f"id_tokens.{role.name}",
        message=(
            f"`{job.name}` requests the audience `{requested}`; the role `{role.name}` accepts "
            f"`{', '.join(accepted)}`: every login is refused."
        ),
        attack=_ATTACK,
        text=f"{role.name}: {requested}",
        fix=_audience_fix(used, accepted, repository),
        related=(Related(role.place("bound_audiences"), "the role's audience"),),
    )


def _audience_fix(
    used: Mapping[str, IdToken], accepted: tuple[str, ...], repository: Repository
) -> Fix | None:
    """The role's audience instead of the job's, where each has one."""
    [token, *others] = used.values()
    written = token.entry.value.get("aud") if hasattr(token.entry.value, "get") else None
    if isinstance(written, Sequence) and len(written.items) == 1:
        written = written.items[0]
    if others or len(accepted) > 1 or not isinstance(written, Scalar) or "$" in written.text:
        return None
    text = repository.tree.files.get(written.span.path)
    edit = set_scalar(text, written, accepted[0]) if text is not None else None
    return (
        Fix(f"Request {accepted[0]}", (edit,), cost="Other services that get this token may then refuse it.")
        if edit
        else None
    )


def _environment(job: Job, role: JwtRole, terms: RoleTerms, place: Span) -> Iterator[Hit]:
    from bot.vault.claims.solver import accepts_value  # noqa: PLC0415 - as above

    bound = terms.bound_claims.get("environment")
    name = job.environment
    if bound is None or not known(bound) or "$" in (name or "") or job.cells:
        return
    if name and accepts_value(terms, "environment", name):
        return
    has = f"the environment `{name}`" if name else "no environment"
    yield _refused(
        job,
        role,
        place,
        f"has {has}, and the role `{role.name}` accepts {_listed(bound)} alone: every login is refused",
        ("bound_claims", "environment"),
    )


def _listed(bound: object) -> str:
    return ", ".join(f"`{each}`" for each in (bound if isinstance(bound, list) else [bound]))


def _pipelines(
    job: Job, role: JwtRole, terms: RoleTerms, repository: Repository, place: Span
) -> Iterator[Hit]:
    from bot.vault.claims.bounds import requires  # noqa: PLC0415 - as above
    from bot.vault.claims.solver import ref_tokens  # noqa: PLC0415 - as above

    tokens = ref_tokens(terms)
    project = repository.tree.project
    everywhere = [
        run_of(project, kind, None, source, protected=False)
        for kind in ("branch", "tag")
        for source in _SOURCES
    ]
    merge_request = run_of(project, "branch", None, MERGE_REQUEST, protected=False)
    if tokens is None or job.runs_in(*everywhere, merge_request) is Truth.NO:
        return
    protected = requires(role, "ref_protected", "true")
    pushed = list(_runs(tokens, repository, protected=protected))
    merged = list(_merge_requests(tokens, repository, protected=protected))
    if job.runs_in(*pushed) is not Truth.NO:
        if protected and job.when.merge_request is Truth.YES:
            yield _in_merge_requests(job, role, place, "also runs in merge request pipelines, where")
    elif job.runs_in(*merged) is Truth.NO:
        yield _refused(
            job,
            role,
            place,
            f"never runs for {_spoken(tokens)}, which is all that the role `{role.name}` accepts: every login is "
            "refused",
            _route(role),
        )
    elif protected:
        yield _in_merge_requests(job, role, place, "runs only in merge request pipelines, where")


def _runs(tokens: Iterable[RefToken], repository: Repository, *, protected: bool) -> Iterator[PipelineRun]:
    """The pipelines of branches and tags whose tokens log in."""
    for token in tokens:
        for source in _SOURCES if token.source is None else (token.source,):
            if source != MERGE_REQUEST:
                yield run_of(repository.tree.project, token.kind, token.ref, source, protected=protected)


def _merge_requests(
    tokens: Iterable[RefToken], repository: Repository, *, protected: bool
) -> Iterator[PipelineRun]:
    """The merge request pipelines whose tokens log in, if their ref counts as protected where that is bound."""
    for token in tokens:
        if token.kind == "branch" and token.source in {None, MERGE_REQUEST}:
            yield run_of(repository.tree.project, "branch", token.ref, MERGE_REQUEST, protected=protected)


def _spoken(tokens: Iterable[RefToken]) -> str:
    """The pipelines that are accepted, in words."""
    spoken = {
        f"{'tags' if token.kind == 'tag' else 'branches'}"
        if token.ref is None
        else f"the {token.kind} `{token.ref}`"
        for token in tokens
    }
    sources = {f" in `{token.source}` pipelines" for token in tokens if token.source}
    return ", ".join(sorted(spoken)) + ",".join(sorted(sources))


def _route(role: JwtRole) -> tuple[str, ...]:
    """The claim of the role that says most about the ref."""
    claims = role.value("bound_claims") or {}
    return next(
        (("bound_claims", name) for name in ("ref", "ref_path", "ref_type", "sub") if name in claims),
        ("bound_claims",),
    )


def _in_merge_requests(job: Job, role: JwtRole, place: Span, where: str) -> Hit:
    problem = (
        f"{where} the role `{role.name}` refuses it: their ref counts as protected only since GitLab 18.1, and only "
        "if the project allows it and both branches are protected"
    )
    return _refused(job, role, place, problem, ("bound_claims", "ref_protected"), Severity.LOW)


def _refused(
    job: Job,
    role: JwtRole,
    place: Span,
    problem: str,
    route: tuple[str, ...],
    severity: Severity | None = None,
) -> Hit:
    return Hit(
        span=place,
        subject=job.subject,
        construct=f"VAULT_AUTH_ROLE.{route[-1]}",
        message=f"`{job.name}` {problem}.",
        attack=_ATTACK,
        text=f"{role.name}: {route[-1]}",
        related=(Related(role.place(*route), "what the role binds"),),
        severity=severity,
    )


def _place(job: Job) -> Span:
    """Where the job names the role; the job itself where all jobs share the variable."""
    variable = job.variables.get("VAULT_AUTH_ROLE")
    own = variable is not None and variable.scope == "job"
    return variable.entry.span if variable is not None and own else job.entry.key.span


RULE = Rule("vault-login-refused", Job, check, Severity.MEDIUM, others=(Severity.LOW,), effect=Effect.BREAKS)
