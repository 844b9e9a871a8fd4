"""What is kept of a surveyed project: findings, roles, policies, trusts and jobs as JSON. No file's text, no value.

A role is kept as Vault stores it (`bot.vault.claims.terms`), a policy as its paths and capabilities, so that the
questions of `bot.survey.organisation` are answered by Vault's own rules, across projects.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from bot.analysis.engine import run_rules
from bot.analysis.suppressions import judge
from bot.clouds.arrows import who_of
from bot.clouds.hint_pieces import HintPieces
from bot.clouds.job_projects import ProjectParts
from bot.clouds.logins import logins_of, trusts_for
from bot.clouds.verdict import verdict_of
from bot.survey.owners import owners_of
from bot.vault.claims.bounds import terms_of
from bot.vault.claims.role_jobs import jobs_of
from bot.vault.claims.terms import RoleTerms, WriteRefusal
from bot.vault.policy_use import kv2_mounts
from bot.vault.reach import policy_names
from bot.vault.reading import Unresolved, known

if TYPE_CHECKING:
    import datetime as dt

    from bot.analysis.engine import SideResult
    from bot.clouds.model import Trust
    from bot.findings import Finding
    from bot.repository import Repository
    from bot.survey.ports import Listed, Record
    from bot.survey.reading import StandingFinding
    from bot.vault.policies.policy import VaultPolicy
    from bot.vault.roles.jwt_role import JwtRole

MOST_UNREAD = 100
_DECIDING = (
    "role_type", "user_claim", "user_claim_json_pointer", "groups_claim", "bound_audiences", "bound_subject",
    "bound_claims_type", "bound_claims", "claim_mappings",
)  # fmt: skip
"""What decides who logs in; the rest of a role says what the token may do."""


def digest(standing: StandingFinding, listed: Listed, today: dt.date) -> Record:
    """Return what is kept of the project."""
    repository = standing.repository
    result = run_rules(repository)
    judged = judge(result.findings, repository.tree.files, standing.policy, today)
    vault = repository.vault
    paths = {role.span.path for role in vault.roles} | {policy.span.path for policy in vault.policies}
    paths |= {trust.span.path for trust in repository.clouds.trusts}
    owners = owners_of(standing.owners, paths) if standing.owners else {}
    project = listed.project
    return {
        "project": {
            "id": listed.id,
            "path": project.path,
            "namespace_id": listed.namespace_id,
            "default_branch": project.default_branch,
            "protected": list(repository.tree.project.protected_refs),
            "host": project.host,
            "url": listed.web_url,
        },
        "findings": [_finding(each) for each in judged.findings],
        "unread": _unread(standing, result),
        "roles": [_role(role, repository, owners) for role in vault.roles],
        "policies": [_policy(policy, owners) for policy in vault.policies],
        "kv2": sorted(kv2_mounts(repository)),
        "trusts": [_trust(trust, repository, owners) for trust in repository.clouds.trusts],
        "jobs": _jobs(repository),
    }


def _unread(standing: StandingFinding, result: SideResult) -> list[list[Any]]:
    """Path, line (1-based, 0 for none) and reason of each thing that was not checked."""
    repository = standing.repository
    failures = [failure.as_unreadable for failure in result.failures]
    listed = [*repository.unread[:MOST_UNREAD], *standing.policy.problems, *failures]
    unread: list[list[Any]] = [[each.path, each.line, each.reason] for each in listed]
    if standing.beyond:
        unread.append(["", 0, f"{standing.beyond} files were not read: raise --max-files"])
    return unread


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "path": finding.span.path,
        "line": finding.span.start_line,
        "subject": finding.subject,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "ignored": finding.ignored,
        "fix": finding.fix is not None,
    }


def _role(role: JwtRole, repository: Repository, owners: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    terms = terms_of(role)
    mount = repository.vault.mount(role.mount)
    issuer = mount.value("bound_issuer") if mount is not None else None
    names = policy_names(role)
    kept: dict[str, Any] = {
        "name": role.name,
        "mount": str(role.mount),
        "path": role.span.path,
        "line": role.span.start_line,
        "issuer": issuer if isinstance(issuer, str) and not isinstance(issuer, Unresolved) else "",
        "policies": [str(name) for name in names if not isinstance(name, Unresolved)],
        "complete": role.complete and not any(isinstance(name, Unresolved) for name in names),
        "owners": list(owners.get(role.span.path, ())),
        "terms": None,
        "why": "",
        "jobs": sorted(job.name for job in jobs_of(role, repository.jobs)),
    }
    if isinstance(terms, WriteRefusal):
        return kept | {"why": f"Vault refuses to store it: {terms.reason}"}
    deciding = {name: getattr(terms, name) for name in _DECIDING}
    if not known(deciding) or not role.complete:
        return kept | {"why": "what it binds is not all known in its repository"}
    return kept | {"terms": {name: asdict(terms)[name] for name in _DECIDING}}


def terms_from(kept: dict[str, Any]) -> RoleTerms:
    """Return the role as Vault stores it, from its record."""
    lists = {each.name for each in fields(RoleTerms) if str(each.type).startswith("tuple")}
    values: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in kept.items()}
    return RoleTerms(**values)


def _policy(policy: VaultPolicy, owners: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    return {
        "name": policy.name,
        "path": policy.span.path,
        "line": policy.span.start_line,
        "complete": policy.complete and all(rule.known and rule.capabilities_known for rule in policy.rules),
        "by_file": policy.named_by_file,
        "owners": list(owners.get(policy.span.path, ())),
        "rules": [[rule.path, sorted(rule.capabilities)] for rule in policy.granting],
    }


def _trust(trust: Trust, repository: Repository, owners: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    parts = ProjectParts(HintPieces(trust.hints), trust.tenant)
    jobs = [
        job.name
        for job in repository.jobs
        if any(trust in trusts_for(login, repository.clouds) for login in logins_of(job))
    ]
    return {
        "cloud": trust.cloud.value,
        "kind": trust.kind,
        "name": trust.name,
        "path": trust.span.path,
        "line": trust.span.start_line,
        "issuer": trust.issuer,
        "reach": "unknown" if trust.half else verdict_of(trust).reach.value,
        "who": who_of(trust),
        "paths": sorted(parts.literal_paths),
        "numbers": sorted(parts.literal_ids),
        "groups": sorted(parts.groups),
        "group_numbers": sorted(parts.group_ids),
        "references": list(trust.references),
        "owners": list(owners.get(trust.span.path, ())),
        "jobs": jobs,
    }


def _jobs(repository: Repository) -> list[dict[str, Any]]:
    """Jobs that log in somewhere or hold an ID token."""
    kept = []
    for job in repository.jobs:
        role, path = (job.variables.get(f"VAULT_AUTH_{part}") for part in ("ROLE", "PATH"))
        clouds = [[login.cloud.value, login.reference] for login in logins_of(job)]
        if not (job.id_tokens or job.secrets or role or clouds):
            continue
        kept.append(
            {
                "name": job.name,
                "path": job.entry.key.span.path.lstrip("/"),
                "line": job.entry.key.span.start_line,
                "role": (role.value or "").lower() if role else "",
                "mount": ((path.value or "jwt") if path else "jwt").strip("/"),
                "environment": job.environment or "",
                "secrets": [
                    f"{secret.vault.mount}/{secret.vault.path}"
                    for secret in job.secrets.values()
                    if secret.vault
                ],
                "clouds": clouds,
            }
        )
    return kept
