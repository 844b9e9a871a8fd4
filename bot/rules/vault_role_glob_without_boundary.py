"""A wildcard in a name also matches other names.

What it finds
-------------
With `bound_claims_type` glob: a path such as `mygroup*` or `*/deploy`, a number such as `42*`, a `sub`
whose wildcard cuts a project's path, a `ci_config_ref_uri` that leaves the ref open.

Why it matters
--------------
Vault's `*` matches any run of characters, also `/` and `:`. `mygroup*` is also the group `mygroup-other`,
which anybody may register on gitlab.com; `42*` is also project 4210.

| claim | value |
|---|---|
| `project_path` | `mygroupother/app` |

Fix
---
End a path at a slash (`mygroup/*`), and write numbers in full.

```json
"bound_claims": { "project_path": "mygroup/*" }
```

Limits
------
Where another claim names the projects one by one (`project_id`), the finding is low. Globs of refs are judged
by vault-role-ref-unprotected: with `ref_protected` they are GitLab's documented pattern.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import NUMERIC_TEXT
from bot.facts.gitlab_values import text_matching
from bot.findings import Effect, Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.claims.bounds import bound, has_wildcard, is_glob
from bot.vault.claims.solver import INFIX
from bot.vault.claims.witness import STRANGERS_PROJECT, filled, open_to_gitlab, witness
from bot.vault.reading import known
from bot.vault.roles.jwt_role import JwtRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_PATHS = frozenset(
    {
        "project_path",
        "namespace_path",
        "groups_direct",
        "source_project_path",
        "source_namespace_path",
        "job_project_path",
        "job_namespace_path",
    }
)
_SUB_PATH = regex(r"project_path:(?P<path>[^:]*)")
_PROJECT = ("project_id", "project_path")
_OF_THE_PROJECT = frozenset({"project_id", "project_path", "namespace_id", "namespace_path", "sub"})
_CUT = regex(r"[\w.-]\*|^\*[\w./-]")
_OPEN_REF = regex(r"@(?:refs/heads/)?\*$")


def check(role: JwtRole, _repository: Repository) -> Iterator[Hit]:
    """A hit at each claim whose glob takes names that it should not."""
    if not open_to_gitlab(role) or not is_glob(role):
        return
    for claim in role.value("bound_claims") or {}:
        for value in bound(role, claim):
            if (
                isinstance(value, str)
                and known(value)
                and "*" in value
                and value != "*"
                and _cuts(claim, value)
            ):
                yield _hit(role, claim, value)
                break


def _cuts(claim: str, value: str) -> bool:
    if claim in NUMERIC_TEXT:
        return True
    if claim == "sub":
        found = _SUB_PATH.match(value)
        return value.startswith("*") or (found is not None and _CUT.search(found["path"]) is not None)
    if claim == "ci_config_ref_uri":
        return _OPEN_REF.search(value) is not None
    return claim in _PATHS and _CUT.search(value) is not None


def _hit(role: JwtRole, claim: str, value: str) -> Hit:
    inside = claim in _PATHS and "/" in value.split("*", maxsplit=1)[0]
    other = text_matching(claim, value, INFIX) or filled(value)
    pinned = _pinned_by(role, claim)
    if pinned is not None:
        return Hit(
            span=role.place("bound_claims", claim),
            subject=role.subject,
            construct=f"bound_claims.{claim}",
            message=f"The role `{role.name}` binds `{claim}` to `{value}`, which also matches other names.",
            attack=f"`{pinned}` admits its own projects alone; without it, a job of someone else's project logs in.",
            text=json.dumps({claim: value}),
            severity=Severity.LOW,
            effect=Effect.WEAKENS,
        )
    story = f"A job whose `{claim}` is `{other}` logs in too, and that name can be someone else's."
    fixed: dict[str, object] = {claim: [other] if claim == "groups_direct" else other}
    if claim in _PATHS | NUMERIC_TEXT and claim != "groups_direct":
        fixed = {
            **{name: text for name, text in STRANGERS_PROJECT.items() if not _bound_elsewhere(role, name)},
            **fixed,
        }
    return Hit(
        span=role.place("bound_claims", claim),
        subject=role.subject,
        construct=f"bound_claims.{claim}",
        message=(
            f"The role `{role.name}` binds `{claim}` to `{value}`, which also matches other names, such as "
            f"`{other}`."
        ),
        attack=story,
        text=json.dumps({claim: value}),
        witness=witness(role, story, **fixed),
        severity=Severity.HIGH if inside or claim == "ci_config_ref_uri" else Severity.CRITICAL,
    )


def _pinned_by(role: JwtRole, claim: str) -> str | None:
    """Another claim that names the projects one by one, so that no other project logs in by the wildcard."""
    names = [name for name in _PROJECT if name != claim] if claim in _OF_THE_PROJECT else []
    return next((name for name in names if bound(role, name) and not has_wildcard(role, name)), None)


def _bound_elsewhere(role: JwtRole, claim: str) -> bool:
    return bool(bound(role, claim))


RULE = Rule(
    "vault-role-glob-without-boundary",
    JwtRole,
    check,
    Severity.CRITICAL,
    others=(Severity.HIGH, Severity.LOW),
)
