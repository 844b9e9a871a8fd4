"""The answers of a survey as text and as JSON. Each entry names the file and line that it rests on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bot.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.survey.organisation import Organisation, OrgRole, SurveyAccess, SurveyReading
    from bot.survey.ports import Record

SCHEMA = 1
MOST_FINDINGS = 20
MOST_PATHS = 12


def survey_text(records: Sequence[Record], failures: Sequence[tuple[str, str]], counted: str) -> str:
    """What is, the worst first, and what could not be surveyed."""
    standing = [
        (finding, record["project"]["path"])
        for record in records
        for finding in record["findings"]
        if finding["ignored"] is None
    ]
    standing.sort(
        key=lambda each: (Severity(each[0]["severity"]).rank, each[1], each[0]["path"], each[0]["line"])
    )
    counts = Counter(finding["severity"] for finding, _ in standing)
    listed = ", ".join(f"{counts[each]} {each}" for each in Severity if counts[each]) or "none"
    lines = [counted, f"standing findings: {listed}"]
    lines += [
        f"  {finding['severity']}[{finding['rule']}] {_at(project, finding)}: {finding['message']}"
        for finding, project in standing[:MOST_FINDINGS]
    ]
    if len(standing) > MOST_FINDINGS:
        lines.append(f"  and {len(standing) - MOST_FINDINGS} more: --format json lists all")
    unread = [(record["project"]["path"], *each) for record in records for each in record["unread"]]
    lines += [f"not surveyed: {project}: {reason}" for project, reason in failures]
    if unread:
        projects = len({project for project, *_ in unread})
        lines.append(
            f"not checked in full: {len(unread)} places of {projects} projects; --format json lists them"
        )
    return "\n".join(lines) + "\n"


def survey_json(
    records: Sequence[Record], failures: Sequence[tuple[str, str]], organisation: Organisation
) -> dict[str, Any]:
    """Return everything that was found, with the roles and trusts of the map."""
    return {
        "schema": SCHEMA,
        "projects": [
            {
                **record["project"],
                "findings": record["findings"],
                "unread": [_place(each) for each in record["unread"]],
            }
            for record in records
        ],
        "failed": [{"project": project, "reason": reason} for project, reason in failures],
        "roles": [_role(role) for role in organisation.roles],
        "trusts": [
            {"project": record["project"]["path"], **trust}
            for record in records
            for trust in record["trusts"]
        ],
    }


def _at(project: str, kept: Mapping[str, Any]) -> str:
    return f"{project}:{kept['path']}:{kept['line']}"


def _place(unread: Sequence[Any]) -> dict[str, Any]:
    path, line, reason = unread
    return {"path": path, "line": line, "message": reason}


def who_can_text(reading: SurveyReading, path: str, failures: Sequence[tuple[str, str]]) -> str:
    """Who can use a path."""
    lines = [f"{path}: {' or '.join(reading.paths)}"]
    lines += [
        f"  every project of the instance can, by {role.name} ({role.place})" for role in reading.everyone
    ]
    for access in reading.accesses:
        lines.append(
            f"  {access.project} can on {_refs(access)}, by {access.role.name} ({access.role.place})"
        )
        lines.append(f"    {access.who}{_jobs(access)}")
        lines.append(f"    the role can be changed by {access.role.changed_by}")
    if not (reading.everyone or reading.accesses):
        lines.append("  no surveyed project can")
    lines += [f"  not decided: {role.name} ({role.place}): {why}" for role, why in reading.undecided]
    lines += _missing(failures)
    return "\n".join(lines) + "\n"


def who_can_json(reading: SurveyReading, path: str, failures: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "schema": SCHEMA,
        "path": path,
        "api_paths": list(reading.paths),
        "everyone": [_role(role) for role in reading.everyone],
        "can": [_access(access) for access in reading.accesses],
        "not_decided": [{**_role(role), "reason": why} for role, why in reading.undecided],
        "not_surveyed": [{"project": project, "reason": reason} for project, reason in failures],
    }


def reach_text(project: str, organisation: Organisation, failures: Sequence[tuple[str, str]]) -> str:
    """What a project can reach."""
    accesses, undecided = organisation.reach(project)
    lines = [f"{project}:"]
    for access in accesses:
        lines.append(
            f"  {access.role.name} ({access.role.place}) on {_refs(access)}: {access.who}{_jobs(access)}"
        )
        lines.append(f"    the role can be changed by {access.role.changed_by}")
        lines += [f"    {line}" for line in _grants(access.role)]
    for place, trust in organisation.clouds_of(project):
        lines.append(
            f"  {trust['cloud']} {trust['kind']} {trust['name']} ({_at(place, trust)}): {trust['who']}"
        )
    if len(lines) == 1:
        lines.append("  nothing that a surveyed project writes down")
    lines += [f"  not decided: {role.name} ({role.place}): {why}" for role, why in undecided]
    lines += _missing(failures)
    return "\n".join(lines) + "\n"


def reach_json(
    project: str, organisation: Organisation, failures: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Return the same for programs."""
    accesses, undecided = organisation.reach(project)
    return {
        "schema": SCHEMA,
        "project": project,
        "roles": [_access(access) for access in accesses],
        "clouds": [{"project": place, **trust} for place, trust in organisation.clouds_of(project)],
        "not_decided": [{**_role(role), "reason": why} for role, why in undecided],
        "not_surveyed": [{"project": path, "reason": reason} for path, reason in failures],
    }


def _refs(access: SurveyAccess) -> str:
    return ", ".join(map(str, access.shortest))


def _jobs(access: SurveyAccess) -> str:
    """The jobs of the role's own project that log in with it, where the access is that project's."""
    names = access.role.kept["jobs"] if access.project == access.role.project else []
    return f"; jobs that do: {', '.join(names)}" if names else ""


def _grants(role: OrgRole) -> Iterator[str]:
    for rule in role.rules[:MOST_PATHS]:
        yield f"{rule.path}: {', '.join(sorted(rule.capabilities))} ({rule.policy})"
    if len(role.rules) > MOST_PATHS:
        yield f"and {len(role.rules) - MOST_PATHS} more paths"
    for name in role.missing:
        yield f"policy {name}: its text is in no surveyed project"


def _missing(failures: Sequence[tuple[str, str]]) -> list[str]:
    return [f"  not surveyed: {project}: {reason}" for project, reason in failures]


def _role(role: OrgRole) -> dict[str, Any]:
    return {
        "role": role.name,
        "project": role.project,
        "path": role.kept["path"],
        "line": role.kept["line"],
        "owners": role.kept["owners"],
        "changed_by": role.changed_by,
        "policies": [_policy(policy) for policy in role.policies],
        "missing_policies": role.missing,
        "grants": _paths(role),
    }


def _policy(policy: Any) -> dict[str, Any]:
    return {name: policy[name] for name in ("name", "path", "line", "owners")}


def _paths(role: OrgRole) -> list[dict[str, Any]]:
    return [
        {"path": rule.path, "capabilities": sorted(rule.capabilities), "policy": rule.policy}
        for rule in role.rules
    ]


def _access(access: SurveyAccess) -> dict[str, Any]:
    return {
        "project": access.project,
        "any_ref": access.any_ref,
        "refs": [
            {"ref": ref.name, "ref_type": ref.kind, "ref_protected": ref.is_protected} for ref in access.refs
        ],
        "who": access.who,
        "by": _role(access.role),
    }


def counted_text(parts: Iterable[tuple[str, int]]) -> str:
    """Return counts in words, those of nothing left out."""
    return ", ".join(f"{number} {what}" for what, number in parts if number) or "no project"
