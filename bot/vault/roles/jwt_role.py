"""Roles and mounts of a JWT auth method: their fields with places, in Vault's own names."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from bot.lazy import dataclass
from bot.vault.servers import Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.documents.location import Route, Span
    from bot.fixes import Edit

Changes: TypeAlias = "Mapping[tuple[str, ...], object]"
"""Fields to set: the route in the role, e.g. `("bound_claims", "ref")`, to its value; None removes it."""


class RoleForm(StrEnum):
    """How a role or mount is written down; decides its typing rules and how a fix is written."""

    JSON = "json"
    """a payload file: types as written; a write merges into what the server has"""
    HEREDOC = "heredoc"
    """the same, inside a script or a Markdown fence"""
    ARGUMENTS = "arguments"
    """`key=value` words of `vault write`: every value is a string; merges"""
    TERRAFORM = "terraform"
    """strings only, lists split on commas; the whole role is sent"""
    TERRAFORM_JSON = "terraform-json"
    YAML = "yaml"
    """types as YAML reads them (operators, Ansible, home-grown loaders)"""
    ENTRY = "entry"
    """what a running server stores: whole, and literally"""


# Forms in which a field that is left out keeps the value that the server has.
MERGING_FORMS = frozenset({RoleForm.JSON, RoleForm.HEREDOC, RoleForm.ARGUMENTS})


class Amends(Protocol):
    """Changes what is written."""

    def __call__(self, changes: Changes, near: str = "", /) -> tuple[Edit, ...] | None:
        """Return the edits; a new entry is written behind `near` where that is there."""
        ...


class Issuer(StrEnum):
    """Whose tokens a role is for."""

    GITLAB = "gitlab"
    GITHUB = "github"
    NOMAD = "nomad"
    KUBERNETES = "kubernetes"
    SPIFFE = "spiffe"
    TERRAFORM_CLOUD = "terraform-cloud"
    HUMAN = "human"
    """people who log in with a browser: `role_type` oidc with redirect URIs"""
    UNKNOWN = "unknown"


@dataclass(slots=True, eq=False)
class Field:
    """One field as Vault receives it. `name` is Vault's own; `written` the name in the file.

    `value` has JSON's types after the form's own rules; what is not known is `Unresolved`. `spans` leads from
    a route inside the value (`("ref",)`, `("ref", 0)`) to the place of that part. `complete` is False where
    the value may contain more than is seen (`merge(local.known, var.unknown)`).
    """

    name: str
    written: str
    value: Any
    span: Span
    """key and value together"""
    spans: Mapping[Route, Span] = field(default_factory=dict)
    complete: bool = True

    def span_of(self, *route: str | int) -> Span:
        """The place of the part at `route`, or of the nearest part around it."""
        for length in range(len(route), 0, -1):
            found = self.spans.get(route[:length])
            if found is not None:
                return found
        return self.span


def cannot_be_amended(_changes: Changes, _near: str = "") -> None:
    """Return no edits: the way of a form that cannot be edited safely."""


@dataclass(slots=True, eq=False)
class _Written:
    """What roles and mounts share: a mount path, fields with places, and a way to change them."""

    mount: str
    """mount path without `auth/` and slashes at the ends, e.g. "jwt"; may be `Unresolved`"""
    form: RoleForm
    span: Span
    """the lines that make it"""
    fields: dict[str, Field]
    complete: bool = True
    """False where some fields are elsewhere or cannot be known"""
    unknown_fields: tuple[Field, ...] = ()
    """fields that Vault does not know and ignores"""
    amend: Amends = cannot_be_amended
    """edits that make `Changes`, or None where they cannot be made safely"""
    namespace: str = ""
    """the namespace that the code names, without slashes at the ends; "" for none"""

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def value(self, name: str) -> Any:
        """The field's value, or None where it is not written."""
        found = self.fields.get(name)
        return None if found is None else found.value

    def place(self, name: str, *route: str | int) -> Span:
        """Where the field (or a part of it) is written; the head of the role where it is not written."""
        found = self.fields.get(name)
        return self.head if found is None else found.span_of(*route)

    @property
    def head(self) -> Span:
        """The first line, where a finding about something missing is shown."""
        return self.span._replace(end_line=self.span.start_line, end_column=1 << 30)


@dataclass(frozen=True, slots=True)
class MountLimits:
    """How the mount is tuned, where that is known: seconds, 0 for the server's own."""

    default_seconds: int = 0
    max_seconds: int = 0


UNTUNED = MountLimits()


@dataclass(slots=True, eq=False)
class JwtRole(_Written):
    """A role of a JWT mount."""

    name: str = ""
    issuer: Issuer = Issuer.UNKNOWN
    servers: tuple[Server, ...] = tuple(Server)
    """the servers that it is judged for"""
    lists_for_terraform: frozenset[tuple[str, ...]] = frozenset()
    """the bound claims whose value is a list in Terraform, where the provider wants one text"""
    claims_are_texts: bool = False
    """whether its form allows one text for a bound claim and no list (vault-config-operator, 2026-11)"""
    limits: MountLimits = UNTUNED
    """how the running server tunes its mount; files do not say"""
    kept: dict[str, Any] = field(default_factory=dict, repr=False)
    """what `bot.vault.claims.bounds` has worked out about it, so that thirty rules work it out once"""

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"role:{self.mount}/{self.name}"


@dataclass(slots=True, eq=False)
class JwtMount(_Written):
    """A JWT mount's configuration."""

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"mount:{self.mount}"
