"""A role binds a ref's name, but not its protection.

What it finds
-------------
A role for GitLab jobs that binds `ref`, `ref_path` or a `sub` with a ref in it, and not `ref_protected:
"true"`. A role that binds a project and nothing of the ref is reported too: low, or medium where its name, a policy, a
path or an environment says production, deploy, release, admin or write.

Why it matters
--------------
The name of a ref is chosen by anyone who pushes it. With `"ref": "main"` alone, a Developer who may not push
the branch `main` pushes a *tag* called `main`; where `release/*` is taken, any new branch of that name will
do. Before GitLab 18.2.2 a fork's branch called `main` passed too, in a merge request pipeline of the parent
project.

| claim | value |
|---|---|
| `project_id` | as bound |
| `ref` | `main` |
| `ref_type` | `tag` |
| `ref_protected` | `false` |

Fix
---
Bind `ref_protected` to `"true"`, as a string, and the kind of ref (`ref_type`). Pipelines of merge requests and of
unprotected refs can then no longer log in.

```json
"bound_claims": {
  "project_id": "42",
  "ref": "main",
  "ref_protected": "true",
  "ref_type": "branch"
}
```

Limits
------
Whether the branch is protected in GitLab today is not looked at: the role should not depend on it. Where an
exact environment is bound together with `environment_protected`, the finding is one step milder. Where a
policy of the repository lets the role give itself more, it is critical.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from bot.findings import Hit, Severity, Witness
from bot.fixes import Fix
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import (
    binds,
    bound,
    boundaries,
    has_wildcard,
    is_glob,
    is_production,
    policies,
    requires,
    serves_production,
)
from bot.vault.claims.role_jobs import users_of
from bot.vault.claims.solver import INFIX
from bot.vault.claims.witness import open_to_gitlab, witness
from bot.vault.reach import reach_of
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_NARROWER = ("environment", "environment_protected", "ci_config_ref_uri", "sub")
_CHANGES = regex(r"(?<![a-z])(?:deploy|release|admin|write)", re.IGNORECASE)
_TAG = regex(r"v(?:\d|\*)")


class _Bound(NamedTuple):
    """The field or claim that binds the ref, and its values."""

    route: tuple[str, ...]
    values: tuple[object, ...]


def check(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A hit at the claim that binds the ref."""
    if not open_to_gitlab(role) or not boundaries(role) or _protected(role):
        return
    ref = _ref(role)
    if ref is None:
        yield from _any_ref(role, repository)
        return
    if is_glob(role) and "*" in ref.values:
        return  # vault-role-glob-matches-all reports it
    proof = _witness(role, ref)
    severity = Severity.HIGH if has_wildcard(role, ref.route[-1]) or _takes_tags(role) else Severity.MEDIUM
    if requires(role, "environment_protected", "true") and binds(role, "environment"):
        severity = severity.lowered()
    if reach_of(role, repository.vault).privileged:
        severity = Severity.CRITICAL
    edits = role.amend(_wanted(role, ref))
    yield Hit(
        span=role.place(*ref.route),
        subject=role.subject,
        construct=".".join(ref.route),
        message=(
            f"The role `{role.name}` accepts {_spoken(ref)} whether it is protected or not: "
            '`ref_protected` is not bound to "true".'
        ),
        attack=proof.story
        if proof
        else "Anyone who may push a ref of that name in the project gets the role's secrets.",
        text=json.dumps({ref.route[-1]: ref.values}, sort_keys=True, default=str),
        fix=Fix(
            "Bind `ref_protected`, as a string",
            edits,
            cost="Pipelines of merge requests and of unprotected branches and tags can then no longer log in.",
        )
        if edits
        else None,
        witness=proof,
        severity=severity,
    )


def _any_ref(role: JwtRole, repository: Repository) -> Iterator[Hit]:
    """A role that binds nothing of the ref: severe by what its names say, for it may be what is wanted."""
    if binds(role, *_NARROWER) or role.value("bound_subject"):
        return
    is_grave = serves_production(role) or _is_for_changes(role, repository)
    if not is_grave and not any(claim.endswith(("project_id", "project_path")) for claim in boundaries(role)):
        return
    what = "serves production and" if serves_production(role) else "binds nothing of the ref: it"
    story = "Any Developer of the project pushes a branch with a job of their own, and it logs in."
    yield Hit(
        span=role.place("bound_claims"),
        subject=role.subject,
        construct="bound_claims.ref_protected",
        message=f"The role `{role.name}` {what} accepts every branch and tag of the project.",
        attack=story,
        text=json.dumps(sorted(role.value("bound_claims") or {})),
        witness=witness(role, story, ref="x", ref_protected="false"),
        severity=Severity.MEDIUM if is_grave else Severity.LOW,
    )


def _is_for_changes(role: JwtRole, repository: Repository) -> bool:
    """Whether the role, a policy, a path that it reaches or an environment is named for changes or production."""
    paths = [grant.rule.path for grant in reach_of(role, repository.vault).grants]
    environments = [job.environment or "" for job in users_of(role, repository)]
    return any(
        _CHANGES.search(name) or is_production(name)
        for name in (role.name, *policies(role), *paths, *environments)
    )


def _ref(role: JwtRole) -> _Bound | None:
    for claim in ("ref", "ref_path"):
        if binds(role, claim):
            return _Bound(("bound_claims", claim), bound(role, claim))
    subjects = [value for value in bound(role, "sub") if isinstance(value, str) and ":ref:" in value]
    if subjects:
        return _Bound(("bound_claims", "sub"), tuple(subjects))
    subject = role.value("bound_subject")
    return _Bound(("bound_subject",), (subject,)) if isinstance(subject, str) and ":ref:" in subject else None


def _protected(role: JwtRole) -> bool:
    """Whether no unprotected ref gets in; also where the value never matches, which fails closed."""
    return binds(role, "ref_protected") and "false" not in bound(role, "ref_protected")


def _takes_tags(role: JwtRole) -> bool:
    """Whether a tag called like the branch gets in: nothing says which kind of ref it is."""
    kinds = bound(role, "ref_type")
    return binds(role, "ref") and not binds(role, "ref_path", "sub") and (not kinds or "tag" in kinds)


def _wanted(role: JwtRole, ref: _Bound) -> dict[tuple[str, ...], object]:
    wanted: dict[tuple[str, ...], object] = {("bound_claims", "ref_protected"): "true"}
    exact = not has_wildcard(role, "ref") and not any(_TAG.match(str(value)) for value in ref.values)
    if ref.route[-1] == "ref" and exact and not binds(role, "ref_type", "ref_path"):
        wanted["bound_claims", "ref_type"] = "branch"
    return wanted


def _witness(role: JwtRole, ref: _Bound) -> Witness | None:
    if _takes_tags(role):
        return witness(
            role,
            f"A Developer of the project pushes a tag `{_name(role, ref)}`, which nobody has protected, "
            "and its job logs in.",
            ref_type="tag",
            ref_protected="false",
        )
    if has_wildcard(role, ref.route[-1]):
        return witness(
            role,
            "A Developer of the project pushes a new branch of a matching name, which need not be protected.",
            ref_protected="false",
        )
    return witness(
        role,
        "The branch loses its protection, or (before GitLab 18.2.2) a fork has a branch of that "
        "name: its job logs in.",
        ref_protected="false",
    )


def _name(role: JwtRole, ref: _Bound) -> str:
    first = str(ref.values[0])
    return first.replace("*", INFIX) if has_wildcard(role, "ref") else first


def _spoken(ref: _Bound) -> str:
    named = ", ".join(f"`{value}`" for value in ref.values[:3])
    return f"the ref {named}" if ref.route[-1] in {"ref", "ref_path"} else f"the subject {named}"


RULE = Rule(
    "vault-role-ref-unprotected",
    JwtRole,
    check,
    Severity.HIGH,
    others=(Severity.CRITICAL, Severity.MEDIUM, Severity.LOW),
)
