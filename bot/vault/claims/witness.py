"""Witnesses: the claims of a job that logs in and should not, checked with the claims engine itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.facts.gitlab_claims import CLAIMS
from bot.facts.gitlab_subjects import parse_subject
from bot.facts.gitlab_values import text_matching
from bot.findings import Witness
from bot.vault.claims.bounds import for_gitlab, terms_of
from bot.vault.claims.login import login
from bot.vault.claims.solver import INFIX, can_send, possible_values, satisfying
from bot.vault.claims.terms import WriteRefusal
from bot.vault.reading import known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.vault.roles.jwt_role import JwtRole
    from bot.vault.servers import Server

# A job that anybody on the instance can start: their own project, a branch of their own. The types are
# GitLab's.
_STRANGER: dict[str, Any] = {
    "iss": "https://gitlab.example.com",
    "aud": "https://vault.example.com",
    "project_id": "31337",
    "project_path": "someone-else/app",
    "namespace_id": "31338",
    "namespace_path": "someone-else",
    "job_project_id": "31337",
    "job_project_path": "someone-else/app",
    "job_namespace_id": "31338",
    "job_namespace_path": "someone-else",
    "source_project_id": "31337",
    "source_project_path": "someone-else/app",
    "source_namespace_id": "31338",
    "source_namespace_path": "someone-else",
    "user_id": "4242",
    "user_login": "someone-else",
    "user_email": "someone-else@example.com",
    "user_access_level": "owner",
    "groups_direct": ["someone-elses-group"],
    "pipeline_id": "1",
    "pipeline_source": "push",
    "job_id": "2",
    "jti": "00000000-0000-4000-8000-000000000000",
    "ref": "x",
    "ref_type": "branch",
    "ref_path": "refs/heads/x",
    "ref_protected": "false",
    "environment": "x",
    "environment_protected": "false",
    "deployment_tier": "other",
    "environment_action": "start",
    "runner_id": 1,
    "runner_environment": "self-hosted",
    "sha": "0000000000000000000000000000000000000000",
    "ci_config_ref_uri": "gitlab.example.com/someone-else/app//.gitlab-ci.yml@refs/heads/x",
    "ci_config_sha": "0000000000000000000000000000000000000000",
    "project_visibility": "private",
}

STRANGERS_PROJECT: dict[str, Any] = {
    claim: value for claim, value in _STRANGER.items() if claim.endswith(("project_id", "project_path"))
} | {claim: value for claim, value in _STRANGER.items() if claim.endswith(("namespace_id", "namespace_path"))}
"""Claims of somebody's own project."""


def token(shown: Mapping[str, Any], *, sparse: bool = False) -> dict[str, Any]:
    """A token of GitLab's with the claims `shown`; the rest fits them, and else a stranger's job.

    `sparse`: without the claims that not every token has.
    """
    claims = {**_STRANGER, **_implied(shown), **shown}
    if sparse:
        claims = {name: claims[name] for name in claims if name in shown or CLAIMS[name].always}
    if "sub" not in shown:
        path, kind, ref = claims["project_path"], claims["ref_type"], claims["ref"]
        claims["sub"] = f"project_path:{path}:ref_type:{kind}:ref:{ref}"
    if "ref_path" not in shown:
        claims["ref_path"] = f"refs/{'tags' if claims['ref_type'] == 'tag' else 'heads'}/{claims['ref']}"
    return claims


def _implied(shown: Mapping[str, Any]) -> dict[str, str]:
    """What the shown claims say of others, where they say the same thing in another way."""
    subject = shown.get("sub")
    implied = dict((parse_subject(subject) if isinstance(subject, str) else None) or {})
    path = shown.get("ref_path")
    if isinstance(path, str) and path.count("/") > 1:
        _, kind, implied["ref"] = path.split("/", 2)
        implied["ref_type"] = "tag" if kind == "tags" else "branch"
    namespace, project = shown.get("namespace_path"), shown.get("project_path", implied.get("project_path"))
    if isinstance(project, str):
        implied["namespace_path"] = project.rpartition("/")[0]
    elif isinstance(namespace, str):
        implied["project_path"] = f"{namespace}/app"
    return implied


def can_match(role: JwtRole) -> bool:
    """Whether any token of GitLab's can meet what the role binds: if none can, it is broken, not open."""
    return bool(accepting_servers(role))


def accepting_servers(role: JwtRole) -> frozenset[Server]:
    """Return which of the servers that the role is judged for accept some token of GitLab's."""
    if "accepting" not in role.kept:
        fitting = _fitting(role)
        role.kept["accepting"] = frozenset() if fitting is None else _accepting(role, fitting)
    found: frozenset[Server] = role.kept["accepting"]
    return found


def _fitting(role: JwtRole) -> dict[str, Any] | None:
    """Claims that GitLab can send and that meet what the role binds; None where there are none."""
    if "fitting" not in role.kept:
        terms = terms_of(role)
        role.kept["fitting"] = None if isinstance(terms, WriteRefusal) else satisfying(terms)
    found: dict[str, Any] | None = role.kept["fitting"]
    return found


def _logs_in(role: JwtRole, shown: Mapping[str, Any]) -> bool:
    return bool(_accepting(role, shown))


def _accepting(role: JwtRole, shown: Mapping[str, Any]) -> frozenset[Server]:
    """Which of the role's servers accept the claims; GitLab's tokens have an audience."""
    terms = terms_of(role)
    if isinstance(terms, WriteRefusal):
        return frozenset()
    named = {"aud": _STRANGER["aud"], **shown}
    tokens = (token(named), token(named, sparse=True))
    return frozenset(
        each for each in role.servers if any(login(terms, claims, each).accepted for claims in tokens)
    )


def open_to_gitlab(role: JwtRole) -> bool:
    """Whether the role lets some GitLab job in, and enough of it is known to say which."""
    return for_gitlab(role) and can_match(role)


def alternatives(claim: str, bound: Any, *, globs: bool) -> list[Any]:
    """Return one value for each that the binding takes; a second one for a glob, to show what a `*` adds."""
    found = []
    for item in bound if isinstance(bound, list) else [bound]:
        values = possible_values(claim, item, globs=globs)
        found += values
        if globs and isinstance(item, str) and "*" in item and values and isinstance(values[0], str):
            further = text_matching(claim, item, "x/y")
            found += [further] if further is not None and further not in values else []
    return found


def filled(glob: str, infix: str = INFIX) -> str:
    """A text that the glob matches: `infix` for the first wildcard, nothing for the others."""
    return infix if glob == "*" else glob.replace("*", infix, 1).replace("*", "")


def witness(role: JwtRole, story: str, **fixed: object) -> Witness | None:
    """Claims with `fixed` among them that log in, or None where there are none.

    Everything that is not `fixed` is made to fit what the role binds: the story says who can get such a
    token.
    """
    terms = terms_of(role)
    if isinstance(terms, WriteRefusal):
        return None
    fitting = _fitting(role)
    if fitting is None:
        return None
    shown = {**fitting, **{name: value for name, value in fixed.items() if value is not None}}
    shown.setdefault("aud", _STRANGER["aud"])
    if {"project_path", "namespace_path"} <= shown.keys():
        if "namespace_path" in terms.bound_claims:
            shown["project_path"] = f"{shown['namespace_path']}/app"
        else:
            shown["namespace_path"] = str(shown["project_path"]).rpartition("/")[0]
    if not _logs_in(role, shown) or (known(shown) and not can_send(token(shown, sparse=True))):
        return None
    ordered = dict(
        sorted(shown.items(), key=lambda item: list(_STRANGER).index(item[0]) if item[0] in _STRANGER else 99)
    )
    return Witness("claims", ordered, story)
