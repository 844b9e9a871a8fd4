"""What a role reaches: its policies, their paths, and how bad it is in wrong hands."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.findings import Severity
from bot.lazy import dataclass, regex
from bot.vault.policies.acl import DENY, READS, WRITES, Acl
from bot.vault.policies.escalation import escalations, is_dynamic, is_everything
from bot.vault.reading import Unresolved

if TYPE_CHECKING:
    from bot.vault.model import VaultModel
    from bot.vault.policies.policy import PathRule, VaultPolicy
    from bot.vault.roles.jwt_role import JwtRole

_POLICY_WORD = regex(r"^policy[-_.]|[-_.]?policy$", re.IGNORECASE)
# Names that people give to policies that can do everything.
_POWERFUL_NAME = regex(
    r"(?:^|[-_])(?:root|admins?|superuser|sudo|vault-admin|operator|god)(?:$|[-_])", re.IGNORECASE
)
_FILLER = "x"


class Power(StrEnum):
    """What the holder of a role's token can do, weakest first."""

    NOTHING = "nothing"
    UNKNOWN = "unknown"
    """some of its policies are not in this repository"""
    READ = "read"
    WRITE = "write"
    CREDENTIALS = "credentials"
    """credentials that an engine makes on demand"""
    ADMIN = "admin"
    """can give itself, or somebody else, more than it has"""
    ROOT = "root"
    """everything"""


_SEVERITIES = {
    Power.NOTHING: Severity.LOW,
    Power.UNKNOWN: Severity.MEDIUM,
    Power.READ: Severity.MEDIUM,
    Power.WRITE: Severity.HIGH,
    Power.CREDENTIALS: Severity.HIGH,
    Power.ADMIN: Severity.CRITICAL,
    Power.ROOT: Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class ReachedPath:
    """A path that the role reaches, with what it may do there after all policies have been weighed."""

    policy: VaultPolicy
    rule: PathRule
    capabilities: frozenset[str]
    power: Power


@dataclass(frozen=True, slots=True)
class RoleReach:
    """What a role reaches. `missing` names policies that this repository does not hold."""

    policies: tuple[VaultPolicy, ...]
    missing: tuple[str, ...]
    grants: tuple[ReachedPath, ...]
    power: Power

    @property
    def complete(self) -> bool:
        """Whether every policy is known, whole."""
        return not self.missing and all(policy.complete for policy in self.policies)

    @property
    def privileged(self) -> bool | None:
        """Whether it can give itself more; None where its policies are not all known."""
        if self.power in {Power.ADMIN, Power.ROOT}:
            return True
        return False if self.complete else None

    @property
    def severity(self) -> Severity:
        """How bad it is if the wrong job gets this role."""
        return _SEVERITIES[self.power]

    @property
    def leases(self) -> bool:
        """Whether it reaches credentials whose lease ends with the token."""
        return any(grant.power is Power.CREDENTIALS for grant in self.grants)


def policy_names(role: JwtRole) -> tuple[str, ...]:
    """The names of the role's policies, `Unresolved` among them where one is not known."""
    if "policy names" not in role.kept:
        role.kept["policy names"] = _policy_names(role)
    names: tuple[str, ...] = role.kept["policy names"]
    return names


def _policy_names(role: JwtRole) -> tuple[str, ...]:
    written = role.value("token_policies")
    if written is None:
        written = role.value("policies")
    if isinstance(written, Unresolved):
        return (written,)
    if isinstance(written, str):
        return tuple(name.strip() for name in written.split(",") if name.strip())
    if isinstance(written, list | tuple):
        return tuple(name if isinstance(name, Unresolved) else str(name).strip() for name in written if name)
    return ()


def policy_of(role: JwtRole, name: str, model: VaultModel) -> VaultPolicy | None:
    """The policy of that name in the role's namespace, as far as the code names namespaces."""
    found = find_policy(name, model)
    if found is None or not role.namespace or found.namespace in {"", role.namespace}:
        return found
    same = (each for each in model.policies if (each.name, each.namespace) == (name, role.namespace))
    return next(same, None)


def find_policy(name: str, model: VaultModel) -> VaultPolicy | None:
    """The policy of that name; one that only its file names may be called a little differently."""
    # `Unresolved` equals a plain text, and a question is known by its words.
    return model.ask(_policy_written if isinstance(name, Unresolved) else _policy_called, str(name))


def _policy_written(model: VaultModel, name: str) -> VaultPolicy | None:
    return model.ask(_policies_by_name)[0].get(name)


def _policy_called(model: VaultModel, name: str) -> VaultPolicy | None:
    exact, loose = model.ask(_policies_by_name)
    return exact.get(name) or loose.get(bare_name(name))


def _policies_by_name(model: VaultModel) -> tuple[dict[str, VaultPolicy], dict[str, VaultPolicy]]:
    """The first policy of each name, and of each name without the word "policy" where only the file names it."""
    exact: dict[str, VaultPolicy] = {}
    loose: dict[str, VaultPolicy] = {}
    for policy in model.policies:
        exact.setdefault(policy.name, policy)
        if policy.named_by_file:
            loose.setdefault(bare_name(policy.name), policy)
    return exact, loose


@lru_cache(maxsize=4096)
def bare_name(name: str) -> str:
    """Return the policy's name without the word "policy", in lower case: the same for all names of one policy."""
    return _POLICY_WORD.sub("", name).lower()


def is_called(policy: VaultPolicy, name: str, model: VaultModel) -> bool:
    """Whether `name` means this policy."""
    if policy.name == name:
        return True
    return policy.named_by_file and find_policy(name, model) is policy


def reach_of(role: JwtRole, model: VaultModel) -> RoleReach:
    """What a token of `role` reaches, as far as the repository shows."""
    names = policy_names(role)
    found = {name: policy_of(role, name, model) for name in names}
    policies = tuple(dict.fromkeys(policy for policy in found.values() if policy is not None))
    missing = tuple(name for name, policy in found.items() if policy is None)
    return reach_of_policies(policies, missing)


def reach_of_policies(policies: tuple[VaultPolicy, ...], missing: tuple[str, ...] = ()) -> RoleReach:
    """What a token with these policies reaches."""
    acl = Acl(rule for policy in policies for rule in policy.granting)
    grants = []
    for policy in policies:
        for rule in policy.granting:
            given = acl.decide(concrete(rule.path)).capabilities
            if DENY not in given:
                grants.append(ReachedPath(policy, rule, given, _power_of(rule, given, acl)))
    powers = [grant.power for grant in grants]
    powers += [_power_of_name(name) for name in missing]
    powers += [Power.UNKNOWN for policy in policies if not policy.complete]
    order = list(Power)
    return RoleReach(policies, missing, tuple(grants), max(powers, key=order.index, default=Power.NOTHING))


def reaches_own_project_only(role: JwtRole, model: VaultModel) -> bool:
    """Whether each project that logs in reaches only paths that its own number is a part of."""
    found = reach_of(role, model)
    missing = [name for name in found.missing if name != "default"]
    granting = [grant for grant in found.grants if grant.policy.name != "default" and grant.capabilities]
    return bool(granting) and not missing and all(_is_own(grant, role) for grant in granting)


def _is_own(grant: ReachedPath, role: JwtRole) -> bool:
    if not (grant.rule.known and grant.policy.complete) or role.value("user_claim") != "project_id":
        return False
    mappings = role.value("claim_mappings")
    keys = (
        [key for claim, key in mappings.items() if claim == "project_id"]
        if isinstance(mappings, dict)
        else []
    )
    names = "|".join(
        [
            r"identity\.entity\.id",
            rf"{_ALIAS}\.(?:name|id)",
            *(rf"{_ALIAS}\.metadata\.{re.escape(str(key))}" for key in keys),
        ]
    )
    # A whole part of the path, so that 42 is not 421.
    return re.search(rf"(?:^|/)\{{\{{\s*(?:{names})\s*\}}\}}(?:/|$)", grant.rule.path) is not None


_ALIAS = r"identity\.entity\.aliases\.[\w-]+"


def concrete(path: str) -> str:
    """A request path that a policy's path admits, its wildcards filled."""
    filled = re.sub(r"(?<![^/])\+(?![^/])", _FILLER, path)
    return filled[:-1] + _FILLER if filled.endswith("*") else filled


def _power_of_name(name: str) -> Power:
    if isinstance(name, Unresolved):
        return Power.UNKNOWN
    if name == "default":
        return Power.NOTHING
    return Power.ADMIN if _POWERFUL_NAME.search(name) else Power.UNKNOWN


def _power_of(rule: PathRule, given: frozenset[str], acl: Acl) -> Power:
    if is_everything(rule.path) and given & WRITES:
        return Power.ROOT
    if escalations(rule.path, acl):
        return Power.ADMIN
    first = rule.path.split("/", 1)[0]
    if first == "cubbyhole" or (first in {"sys", "auth", "identity"} and not is_everything(rule.path)):
        return Power.READ if given & READS else Power.NOTHING
    if is_dynamic(rule.path) and given & (READS | WRITES):
        return Power.CREDENTIALS
    if given & WRITES:
        return Power.WRITE
    return Power.READ if given & READS else Power.NOTHING
