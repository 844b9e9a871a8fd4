"""A role that Vault refuses, or that no GitLab job can use.

What it finds
-------------
A role for GitLab jobs without `role_type: jwt` (the default is oidc), without `user_claim`, with a
`user_claim` that is not a string or not in every token, or with other fields that make Vault refuse the
write or every login: claims that contradict each other, a claim that GitLab's tokens do not have, a number in
`claim_mappings`. Also: a job of the same repository names a role that is not there, and one with nearly its name is.

Why it matters
--------------
It fails closed: the write is refused, or every login is. A write that fails in a script may go unnoticed
and leave an older, looser role in place.

Fix
---
Set `role_type` to `jwt` and `user_claim` to `project_id`, and bind only claims that GitLab's tokens have.

```json
"role_type": "jwt",
"user_claim": "project_id"
```

Limits
------
`role_type` is set back to oidc by each write that leaves it out, so it is asked for in updates too. A job
is matched to its role by `VAULT_AUTH_ROLE` and `VAULT_AUTH_PATH` in YAML.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import CLAIMS, Type
from bot.findings import Effect, Hit, Related, Severity
from bot.fixes import Fix
from bot.rule import Rule
from bot.vault.claims.bounds import claims_known, terms_of
from bot.vault.claims.solver import Obstacle, blockers
from bot.vault.claims.terms import RoleTerms, WriteRefusal
from bot.vault.reading import known
from bot.vault.roles.jwt_role import Issuer, JwtRole, RoleForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.repository import Repository


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """At most one hit about the write, one about the user claim, one for each job with a name like it."""
    if role.issuer is not Issuer.GITLAB or not role.complete:
        return
    yield from _write(role)
    yield from _user_claim(role)
    yield from _refused_logins(role)
    yield from _refused_with_a_claim(role)
    yield from _misnamed(role, repository)


def _write(role: JwtRole) -> Iterator[Hit]:
    maps_as_text = role.form is RoleForm.ARGUMENTS and isinstance(role.value("bound_claims"), str)
    if maps_as_text:
        return
    refused = terms_of(role, as_jwt=False)
    kind = role.value("role_type")
    if kind in {None, "", "oidc"} and not role.value("allowed_redirect_uris"):
        said = "is `oidc`" if kind == "oidc" else "is missing and counts as `oidc`"
        yield _hit(
            role,
            "role_type",
            f"its `role_type` {said}, with which no job's token can log in",
            {("role_type",): "jwt"},
        )
    elif (
        isinstance(refused, WriteRefusal)
        and not _is_of_the_user(refused)
        and known({name: field.value for name, field in role.fields.items()})
    ):
        field = refused.reason.split(":")[0]
        yield _hit(role, field if field in role else "", f"Vault refuses the write: {refused.reason}", None)


def _is_of_the_user(stored: RoleTerms | WriteRefusal) -> bool:
    return isinstance(stored, WriteRefusal) and stored.reason.startswith("a user claim")


def _user_claim(role: JwtRole) -> Iterator[Hit]:
    claim = role.value("user_claim")
    if claim in {None, ""}:
        is_whole = role.form in {RoleForm.JSON, RoleForm.HEREDOC, RoleForm.ARGUMENTS}
        if is_whole or _is_of_the_user(terms_of(role, as_jwt=False)):
            yield _hit(role, "user_claim", "its `user_claim` is missing", {("user_claim",): "project_id"})
        return
    if not isinstance(claim, str) or not known(claim) or role.value("user_claim_json_pointer"):
        return
    fact = CLAIMS.get(claim)
    if claim.startswith("/"):
        yield _hit(
            role,
            "user_claim",
            "its `user_claim` is a JSON pointer, and `user_claim_json_pointer` is not set",
            None,
        )
    elif fact is None:
        yield _hit(
            role, "user_claim", f"GitLab's tokens have no claim `{claim}`", {("user_claim",): "project_id"}
        )
    elif fact.type is not Type.STRING:
        problem = f"its `user_claim` `{claim}` is a {fact.type.value}, and only a string can name an identity"
        yield _hit(role, "user_claim", problem, {("user_claim",): "project_id"})


def _refused_logins(role: JwtRole) -> Iterator[Hit]:
    """What keeps every token of GitLab's out, beside values of single claims and the user claim."""
    terms = terms_of(role)
    if not claims_known(role) or isinstance(terms, WriteRefusal):
        return
    for blocker in blockers(terms):
        is_reported_elsewhere = blocker.route[0] in {"user_claim", "token_policies"}
        if blocker.obstacle in _OBSTACLES and not is_reported_elsewhere:
            yield Hit(
                span=role.place(*blocker.route),
                subject=role.subject,
                construct=".".join(blocker.route),
                message=f"The role `{role.name}` accepts no token of GitLab's: {blocker.reason}.",
                attack="Every login is refused; the risk is that somebody deletes a binding to make it work.",
                text=blocker.reason,
                remedy="Correct or remove this part of the role. Jobs that it denies today can then log in.",
            )


def _refused_with_a_claim(role: JwtRole) -> Iterator[Hit]:
    """A mapping of a claim that most tokens have, and that is no text: the login fails for each that has it."""
    terms = terms_of(role)
    for source in () if isinstance(terms, WriteRefusal) else terms.claim_mappings:
        fact = CLAIMS.get(source) if known(source) else None
        if fact is not None and fact.type in {Type.STRINGS, Type.OBJECT} and not fact.always:
            yield Hit(
                span=role.place("claim_mappings", source),
                subject=role.subject,
                construct=f"claim_mappings.{source}",
                message=(
                    f"The role `{role.name}` refuses each token that has the claim `{source}`: `claim_mappings` "
                    f"copies only strings, and its value is of the type {fact.type.value}."
                ),
                attack="Logins fail for some people and work for others, by what GitLab knows of them.",
                text=source,
                severity=Severity.MEDIUM if fact.type is Type.STRINGS else Severity.LOW,
                remedy=f"Do not copy `{source}`; policies that read it from the metadata then find nothing.",
            )


_OBSTACLES = frozenset({Obstacle.CLAIM, Obstacle.TOGETHER, Obstacle.LOGIN})


def _misnamed(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """Jobs that ask for a role whose name is nearly this one's, and that is not there."""
    for job_name, name, span in repository.ask(_misnamed_on, str(role.mount)).get(role.name, ()):
        yield Hit(
            span=span,
            subject=role.subject,
            construct=f"VAULT_AUTH_ROLE.{job_name}",
            message=f"The job `{job_name}` names the role `{name}`, which is not here; `{role.name}` is.",
            attack="The login of this job is refused.",
            remedy=f"Name the role `{role.name}`, or add the role `{name}`.",
            text=name,
            related=(Related(role.head, "perhaps this role is meant"),),
        )


def _misnamed_on(repository: Repository, mount: str) -> dict[str, tuple[tuple[str, str, Span], ...]]:
    """By the name of the role that is meant: each job that asks for a role that is not there, the name, the place."""
    asking = [
        (job, job.variables["VAULT_AUTH_ROLE"])
        for job in repository.jobs
        if "VAULT_AUTH_ROLE" in job.variables
    ]
    names = {other.name for other in repository.vault.roles_on(mount)} if asking else set()
    if not all(known(name) for name in names):
        return {}
    meant: dict[str, list[tuple[str, str, Span]]] = defaultdict(list)
    for job, asked in asking:
        name = (asked.value or "").lower()
        if not name or "$" in name or name in names or "VAULT_AUTH_PATH" in job.variables:
            continue
        for nearest in difflib.get_close_matches(name, names, 1):
            meant[nearest].append((job.name, name, asked.entry.span))
    return {name: tuple(jobs) for name, jobs in meant.items()}


def _hit(role: JwtRole, field: str, problem: str, wanted: dict[tuple[str, ...], object] | None) -> Hit:
    edits = role.amend(wanted) if wanted else None
    return Hit(
        span=role.place(field),
        subject=role.subject,
        construct=field or "write",
        message=f"The role `{role.name}` cannot work: {problem}.",
        attack="No job can log in; a failed write can leave an older, looser role in place.",
        text=f"{field}={role.value(field)}",
        fix=Fix(f"Set `{field}`", edits, cost="Jobs that the role denies today can then log in.")
        if edits
        else None,
    )


RULE = Rule(
    "vault-role-unusable", JwtRole, check, Severity.MEDIUM, others=(Severity.LOW,), effect=Effect.BREAKS
)
