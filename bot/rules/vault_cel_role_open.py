"""A CEL role accepts jobs that it is not meant for.

What it finds
-------------
A role of OpenBao whose login a CEL program decides, and which

- accepts the jobs of every project on the GitLab instance;
- accepts them from unprotected branches and tags too (medium);
- binds no audience (medium): a token that a job made for any other service logs in.

Each finding names a token for which the program, evaluated here, returns a `pb.Auth`.

Why it matters
--------------
OpenBao compares nothing by itself: whatever the program leaves out, nobody checks. Anyone with an account on the GitLab
instance makes a project of their own and gets the policies that the program gives.

Fix
---
Compare the project's number and the protected ref, and bind the audience.

```json
"bound_audiences": ["https://bao.example.com"],
"cel_program": {
  "expression": "claims.project_id == '42' && claims.ref_protected == 'true' ? pb.Auth{policies: ['app']} : false"
}
```

Limits
------
Programs are evaluated with the standard functions of CEL; one that uses others, or variables of the request, is named
as not checked. Which policies the program gives is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.facts.gitlab_claims import BOUNDARIES, TELLTALE
from bot.findings import Hit, Severity, Witness
from bot.rule import Rule
from bot.vault.cel_roles import CelRole
from bot.vault.claims.witness import STRANGERS_PROJECT, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository

_STORY = (
    "Anybody with an account on the GitLab instance makes a project, protects a branch of it and logs in."
)
_UNPROTECTED = "Any Developer of the project pushes a branch of that name and logs in."
_AUDIENCE = "https://another-service.example.com"


def check(role: CelRole, repository: Repository) -> Iterator[Hit]:
    """A hit for each kind of token that logs in and should not."""
    if not (role.claims & TELLTALE or _is_for_jobs(role, repository)):
        return
    aud = role.audiences[0] if role.audiences else "https://bao.example.com"
    stranger = token({"aud": aud, **STRANGERS_PROJECT, "ref": "main", "ref_protected": "true"})
    own = token({"aud": aud, "ref_protected": "true", **dict(role.compared())})
    if role.accepts(stranger):
        shown = {name: stranger[name] for name in ("aud", "project_id", "project_path", "ref_protected")}
        yield _hit(
            role, "every project", "accepts the jobs of every project on the GitLab instance", _STORY, shown
        )
    elif role.accepts(own) and role.accepts(own | {"ref_protected": "false"}):
        shown = {"aud": aud, **dict(role.compared()), "ref_protected": "false"}
        problem = "accepts refs whether they are protected or not"
        yield _hit(role, "unprotected refs", problem, _UNPROTECTED, shown, Severity.MEDIUM)
    if not role.audiences and (role.accepts(stranger) or role.accepts(own)):
        story = "A service that gets an ID token of such a job logs in with it."
        shown = {"aud": _AUDIENCE, **(dict(role.compared()) or STRANGERS_PROJECT)}
        yield _hit(role, "any audience", "binds no audience", story, shown, Severity.MEDIUM)


def _is_for_jobs(role: CelRole, repository: Repository) -> bool:
    """Whether the role's mount is called like GitLab, or trusts it, and the program names a claim of GitLab's."""
    mount = repository.vault.mount(role.mount)
    issuer = str(mount.value("bound_issuer") or mount.value("jwks_url") or "") if mount is not None else ""
    return "gitlab" in f"{role.mount} {issuer}".lower() and bool(role.claims & BOUNDARIES or not role.claims)


def _hit(
    role: CelRole,
    construct: str,
    problem: str,
    story: str,
    shown: dict[str, object],
    severity: Severity | None = None,
) -> Hit:
    return Hit(
        span=role.program,
        subject=role.subject,
        construct=construct,
        message=f"The CEL role `{role.name}` {problem}.",
        attack=story,
        text=construct,
        witness=Witness("claims", shown, story),
        severity=severity,
    )


RULE = Rule("vault-cel-role-open", CelRole, check, Severity.CRITICAL, others=(Severity.MEDIUM,))
