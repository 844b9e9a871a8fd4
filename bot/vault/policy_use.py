"""Who gets a policy, and what a rule in it really gives: what the rules about policies share."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.findings import Hit, Related, Severity
from bot.lazy import regex
from bot.vault.claims.role_jobs import RoleWorld
from bot.vault.policies.acl import WRITES
from bot.vault.policies.escalation import escalations, is_everything
from bot.vault.reach import bare_name, is_called, policy_names
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Span
    from bot.snapshot import Tree
    from bot.vault.kv_mounts import KvMount
    from bot.vault.model import VaultModel
    from bot.vault.policies.policy import PathRule, VaultPolicy
    from bot.vault.roles.jwt_role import JwtRole

_SYSTEM = frozenset({"sys", "auth", "identity", "cubbyhole"})
# What people call a mount that everybody shares; a team's own mount has the team's name.
_SHARED_MOUNT = regex(r"(?:secrets?|kv|generic)(?:[-_]?v?[12])?|\+|\*")


class WorldWithVault(RoleWorld, Protocol):
    """The repository, as far as it is asked for its jobs and for what it says to Vault."""

    @property
    def tree(self) -> Tree:
        """What was read."""
        ...

    @property
    def vault(self) -> VaultModel:
        """What it says to Vault."""
        ...


def roles_with(policy: VaultPolicy, model: VaultModel) -> tuple[JwtRole, ...]:
    """The roles of a JWT mount whose tokens get the policy."""
    named = model.ask(_roles_by_bare_name, bare_name(policy.name))
    return tuple(
        dict.fromkeys(
            role
            for name, role in named
            if is_called(policy, name, model)
            and (policy.namespace == role.namespace or not (policy.namespace and role.namespace))
        )
    )


def _roles_by_bare_name(model: VaultModel, bare: str) -> tuple[tuple[str, JwtRole], ...]:
    return model.ask(_named_policies).get(bare, ())


def _named_policies(model: VaultModel) -> dict[str, tuple[tuple[str, JwtRole], ...]]:
    """The names of policies that roles give, each with its role, by bare name, in the order of the roles."""
    found: dict[str, list[tuple[str, JwtRole]]] = {}
    for role in model.roles:
        for name in policy_names(role):
            found.setdefault(bare_name(name), []).append((name, role))
    return {bare: tuple(named) for bare, named in found.items()}


def weighed(severity: Severity, policy: VaultPolicy, repository: WorldWithVault) -> Severity:
    """`severity` where a role of this repository gives the policy to jobs, else milder (at most medium)."""
    if roles_with(policy, repository.vault):
        return severity
    return max(severity.lowered(), Severity.MEDIUM, key=lambda level: level.rank)


def unused(policy: VaultPolicy, repository: WorldWithVault) -> str:
    """The reason for a milder severity, to end a sentence with; "" where a role gives the policy to jobs."""
    return "" if roles_with(policy, repository.vault) else "; no role here gives it to jobs"


def related_roles(policy: VaultPolicy, repository: WorldWithVault) -> tuple[Related, ...]:
    """The roles that give the policy, as places to look at."""
    roles = roles_with(policy, repository.vault)[:3]
    return tuple(Related(role.head, f"the role `{role.name}` gives this policy to jobs") for role in roles)


def spoken_name(policy: VaultPolicy) -> str:
    """How a message names the policy."""
    return f"the policy `{policy.name}`"


_SERVER_NAMES: Final = {Server.VAULT: "Vault", Server.OPENBAO: "OpenBao"}


def where_stored(policy: VaultPolicy) -> str:
    """How a message about what a policy grants begins: "" unless one of the servers in question refuses the policy."""
    refused = {server: why for server in policy.judged if (why := policy.refused_by(server))}
    if not refused or len(refused) == len(policy.judged):
        return ""
    [(server, why)] = refused.items()
    stored = next(each for each in policy.judged if each is not server)
    return f"On {_SERVER_NAMES[stored]} ({_SERVER_NAMES[server]} refuses this policy, because {why}): "


def server_name(server: Server) -> str:
    """How a message names a server."""
    return _SERVER_NAMES.get(server, "Vault")


def policy_hit(
    rule: PathRule, policy: VaultPolicy, repository: WorldWithVault, *, message: str, **more: Any
) -> Hit:
    """Return the hit of a rule about what a policy grants, at the line of the path.

    `more` are the other fields of `Hit`: the attack, the fix, the severity.
    """
    return Hit(
        span=head_of(rule),
        subject=policy.subject,
        construct=f"path.{rule.path}",
        message=f"{where_stored(policy)}{message}",
        text=rule.text,
        related=related_roles(policy, repository),
        **more,
    )


def head_of(rule: PathRule) -> Span:
    """The line of the path: where a finding about the whole rule is shown."""
    return rule.path_scalar.span


_ADMINISTRATION = 3
"""rules that lead to more rights: from this number on the policy is meant for administrators"""


def administration(policy: VaultPolicy) -> tuple[PathRule, ...]:
    """Return the rules that make the policy an administrator's; () where it is none.

    Such a policy is reported once, not rule by rule.
    """
    found = tuple(rule for rule in policy.granting if is_root_rule(rule) or _is_grave(rule, policy))
    return found if len(found) >= _ADMINISTRATION else ()


def _is_grave(rule: PathRule, policy: VaultPolicy) -> bool:
    return any(each.endpoint.grave for each in escalations(rule.path, policy.acl))


def is_root_rule(rule: PathRule) -> bool:
    """Whether the rule writes everywhere in Vault, or everywhere in one of Vault's own backends."""
    return is_everything(rule.path) and bool(rule.capabilities & (WRITES | {"sudo"}))


def mount_of(path: str) -> str:
    """The first segment of a policy's path."""
    return path.split("/", 1)[0]


def is_system(path: str) -> bool:
    """Whether the path is in one of Vault's own backends."""
    return mount_of(path) in _SYSTEM


def is_shared_mount(mount: str) -> bool:
    """Whether the mount's name says that it is everybody's."""
    return _SHARED_MOUNT.fullmatch(mount) is not None


def kv2_mounts(repository: WorldWithVault, folder: str | None = None) -> dict[str, str]:
    """The mounts that are known to be KV version 2, each with what says so.

    `folder`: only what jobs and the policies of this folder say; another folder can be for another server.
    """
    return repository.ask(_kv2_mounts, *([] if folder is None else [folder]))


def _kv2_mounts(repository: WorldWithVault, folder: str | None = None) -> dict[str, str]:
    if repository.tree.kv2_mounts is not None:
        return dict.fromkeys(sorted(repository.tree.kv2_mounts), "as the running Vault lists it")
    known = repository.ask(_read_by_jobs).copy()
    for rule in _rules(repository.vault):
        if folder is not None and posixpath.dirname(rule.span.path) != folder:
            continue
        mount, _, rest = rule.path.partition("/")
        named = rule.known and mount.isascii() and not {"+", "*"} & set(mount)
        if rest.startswith("data/") and named and not is_system(rule.path):
            known.setdefault(mount, f"another rule says `{mount}/data/`")
    for mount, made in repository.vault.ask(_made_mounts).items():
        known.pop(mount, None)
        if made.version == 2:  # noqa: PLR2004 - of the engine
            known[mount] = f"`{made.span.path}` line {made.span.start_line} mounts it so"
    return known


def kv1_mounts(repository: WorldWithVault) -> dict[str, str]:
    """The mounts that the repository makes as KV version 1, each with what says so."""
    return {
        mount: f"`{made.span.path}` line {made.span.start_line} mounts it so"
        for mount, made in repository.vault.ask(_made_mounts).items()
        if made.version == 1
    }


def _made_mounts(model: VaultModel) -> dict[str, KvMount]:
    """The KV mounts by path, those left out that two places make in different versions: for different servers."""
    made: dict[str, list[KvMount]] = defaultdict(list)
    for mount in model.kv_mounts:
        made[mount.path].append(mount)
    return {path: found[0] for path, found in made.items() if len({each.version for each in found}) == 1}


def _read_by_jobs(repository: WorldWithVault) -> dict[str, str]:
    known: dict[str, str] = {}
    for job in repository.jobs:
        for secret in job.secrets.values():
            if secret.vault is not None and secret.vault.engine == "kv-v2":
                known.setdefault(secret.vault.mount, f"the job {job.name} reads it as kv-v2")
    return known


def _rules(model: VaultModel) -> Iterator[PathRule]:
    for policy in model.policies:
        yield from policy.rules
