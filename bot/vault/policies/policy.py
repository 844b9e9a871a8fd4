"""Vault's policies, in every format: which paths, with which capabilities, written where."""

from __future__ import annotations

import datetime as dt
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.lazy import dataclass
from bot.vault.policies.acl import DENY, LEGACY, Acl
from bot.vault.policies.policy_refusals import PolicyRefusals
from bot.vault.servers import SUPPORTED, Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.documents.location import Span
    from bot.documents.nodes import Scalar


class PolicyForm(StrEnum):
    """How a policy is written down."""

    HCL = "hcl"
    """Vault's own language: in a file, a heredoc, a YAML block"""
    JSON = "json"
    DOCUMENT = "document"
    """Terraform's `vault_policy_document`"""


@dataclass(slots=True, eq=False)
class PathRule:
    """One path of a policy.

    `path` is as Vault keeps it: the leading slash is off. It may hold Vault's templates (`{{identity...}}`)
    and, where `known` is False, parts that the repository does not say (`${var.team}`).
    """

    path: str
    span: Span
    """the whole block"""
    path_scalar: Scalar
    written: tuple[Scalar, ...] = ()
    """the capabilities, each with its place"""
    legacy: Scalar | None = None
    """the value of `policy = "write"`"""
    known: bool = True
    capabilities_known: bool = True
    allowed_parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    denied_parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required_parameters: tuple[str, ...] = ()
    refusals: PolicyRefusals = field(default_factory=PolicyRefusals)
    """which server refuses a policy with this rule"""

    @property
    def shown(self) -> str:
        """The path as it is written."""
        return self.path_scalar.text

    @property
    def capabilities(self) -> frozenset[str]:
        """What the rule gives; `deny` alone where it is among them."""
        given = {scalar.text for scalar in self.written}
        if self.legacy is not None:
            given |= set(LEGACY.get(self.legacy.text, ()))
        return frozenset({DENY}) if DENY in given else frozenset(given)

    @property
    def text(self) -> str:
        """The rule as normalised code."""
        return f'path "{self.path}" [{", ".join(sorted(self.capabilities))}]'


@dataclass(slots=True, eq=False)
class VaultPolicy:
    """A policy. `complete` is False where part of it could not be read or known.

    `named_by_file`: nothing in the repository writes it; its name is the one of its file.
    """

    name: str
    form: PolicyForm
    span: Span
    rules: tuple[PathRule, ...] = ()
    complete: bool = True
    named_by_file: bool = False
    servers: tuple[Server, ...] = tuple(Server)
    """the servers that it is judged for"""
    namespace: str = ""
    """the namespace that the code names, without slashes at the ends; "" for none"""
    expired: tuple[PathRule, ...] = ()
    """rules that OpenBao no longer reads: they grant nothing and deny nothing"""
    acl: Acl = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.acl = Acl(self.rules)

    def expire(self, today: dt.date) -> None:
        """Set aside the rules that ended before `today` (UTC)."""
        now = dt.datetime.combine(today, dt.time(), dt.UTC)
        self.expired = tuple(
            rule for rule in self.rules if rule.refusals.expired(now) and not rule.refusals.shape
        )
        if self.expired:
            self.rules = tuple(rule for rule in self.rules if rule not in self.expired)
            self.acl = Acl(self.rules)

    def refused_by(self, server: Server) -> str:
        """Return why `server` stores nothing of the policy, "" where it stores it."""
        return next((why for rule in self.rules if (why := rule.refusals.reason(server))), "")

    @property
    def judged(self) -> tuple[Server, ...]:
        """The servers that it is judged for and that read policies differently."""
        return tuple(server for server in SUPPORTED if server in self.servers) or (Server.VAULT,)

    @property
    def granting(self) -> tuple[PathRule, ...]:
        """Its rules; none where every server refuses the policy."""
        return () if all(self.refused_by(server) for server in self.judged) else self.rules

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"policy:{self.name}"


def capabilities(policies: Iterable[VaultPolicy], path: str) -> frozenset[str]:
    """What a token with these policies may do at `path`, as `sys/capabilities` says it."""
    return Acl(rule for policy in policies for rule in policy.rules).decide(path).capabilities
