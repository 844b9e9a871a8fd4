"""What a repository says to Vault: roles and mounts; policies, engines and audits have their own modules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from bot.reads import Answers, Reads, vault_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.documents.location import Route, Span, Unreadable
    from bot.fixes import Edit
    from bot.vault.audit import AuditDevice
    from bot.vault.engines import EngineRole
    from bot.vault.policies import Policy

T = TypeVar("T")

Changes: TypeAlias = "Mapping[tuple[str, ...], object]"
"""Fields to set: the route in the role, e.g. `("bound_claims", "ref")`, to its value; None removes it."""


class Unresolved(str):
    """A value that the repository does not tell (a variable, a template): its source text, never a guess.

    As a string it equals itself, so two places that use the same variable agree; no rule may read meaning
    from it.
    """

    __slots__ = ()


def known(value: object) -> bool:
    """Whether `value` holds nothing unresolved, however deep."""
    if isinstance(value, Unresolved):
        return False
    if isinstance(value, dict):
        return all(known(key) and known(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(known(item) for item in value)
    return True


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a reader found, and what it could not read."""

    found: tuple[T, ...] = ()
    unread: tuple[Unreadable, ...] = ()


class Form(StrEnum):
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


# Forms whose values keep the type that they are written with (vault-plugin-auth-jwt path_role.go and
# claims.go, checked 2026-11).
TYPED_FORMS = frozenset({Form.JSON, Form.HEREDOC, Form.YAML})
# Forms in which a field that is left out keeps the value that the server has.
MERGING_FORMS = frozenset({Form.JSON, Form.HEREDOC, Form.ARGUMENTS})


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
    the value may hold more than is seen (`merge(local.known, var.unknown)`).
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


@dataclass(slots=True, eq=False)
class _Written:
    """What roles and mounts share: a mount path, fields with places, and a way to change them."""

    mount: str
    """mount path without `auth/` and slashes at the ends, e.g. "jwt"; may be `Unresolved`"""
    form: Form
    span: Span
    """the lines that make it"""
    fields: dict[str, Field]
    complete: bool = True
    """False where some fields stand elsewhere or cannot be known"""
    unknown_fields: tuple[Field, ...] = ()
    """fields that Vault does not know and ignores"""
    amend: Callable[[Changes], tuple[Edit, ...] | None] | None = None
    """edits that make `Changes`, or None where this form cannot be edited safely"""

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def value(self, name: str) -> Any:
        """The field's value, or None where it is not written."""
        found = self.fields.get(name)
        return None if found is None else found.value

    def place(self, name: str, *route: str | int) -> Span:
        """Where the field (or a part of it) stands; the head of the role where it is not written."""
        found = self.fields.get(name)
        return self.head if found is None else found.span_of(*route)

    @property
    def head(self) -> Span:
        """The first line, where a finding about something missing is shown."""
        return self.span._replace(end_line=self.span.start_line, end_column=1 << 30)


@dataclass(slots=True, eq=False)
class JwtRole(_Written):
    """A role of a JWT mount."""

    name: str = ""
    issuer: Issuer = Issuer.UNKNOWN
    kept: dict[str, Any] = field(default_factory=dict, repr=False)
    """what `bot.vault.bounds` has worked out about it, so that thirty rules work it out once"""

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


class _Group(Generic[T]):
    """The parts of one kind, in the order of the files. Reading it is noted."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name
        self._read = vault_group(name)

    def __get__(self, model: VaultModel, _owner: type) -> tuple[T, ...]:
        model.reads.note(self._read)
        parts: tuple[T, ...] = model.groups[self._name]
        return parts


class VaultModel:
    """Everything that one side of a repository tells Vault, in the order of the files."""

    roles: _Group[JwtRole] = _Group()
    mounts: _Group[JwtMount] = _Group()
    policies: _Group[Policy] = _Group()
    engines: _Group[EngineRole] = _Group()
    audits: _Group[AuditDevice] = _Group()

    def __init__(
        self, unread: tuple[Unreadable, ...] = (), reads: Reads | None = None, **groups: tuple[Any, ...]
    ) -> None:
        self.unread = unread
        self.reads = reads or Reads()
        self.groups: dict[str, tuple[Any, ...]] = dict.fromkeys(GROUPS, ()) | groups
        self.answers: Answers[VaultModel] = Answers(self, self.reads)
        self.ask = self.answers.ask

    @cached_property
    def by_path(self) -> dict[str, tuple[Any, ...]]:
        """The parts of each file, group by group."""
        found: dict[str, list[Any]] = defaultdict(list)
        for group in self.groups.values():
            for part in group:
                found[part.span.path].append(part)
        return {path: tuple(parts) for path, parts in found.items()}

    def subjects(self, kind: type[T]) -> Iterator[T]:
        """Every part of the type `kind`, in order; the model itself for `VaultModel`."""
        if kind is VaultModel:
            yield self  # type: ignore[misc]
            return
        yield from self.group(kind)

    def group(self, kind: type) -> tuple[Any, ...]:
        """The group whose parts are of the type `kind`, the very same tuple each time."""
        return next((group for group in self.groups.values() if group and isinstance(group[0], kind)), ())

    def mount(self, path: str) -> JwtMount | None:
        """The configuration of the mount at `path`, or None."""
        return self.ask(_mount_at, path)

    def roles_on(self, path: str) -> tuple[JwtRole, ...]:
        """The roles of the mount at `path`."""
        return self.ask(_roles_by_mount).get(path, ())


GROUPS: Final = tuple(name for name, each in vars(VaultModel).items() if isinstance(each, _Group))


def _mount_at(model: VaultModel, path: str) -> JwtMount | None:
    return next((mount for mount in model.mounts if mount.mount == path), None)


def _roles_by_mount(model: VaultModel) -> dict[str, tuple[JwtRole, ...]]:
    by_mount: dict[str, list[JwtRole]] = defaultdict(list)
    for role in model.roles:
        by_mount[role.mount].append(role)
    return {mount: tuple(roles) for mount, roles in by_mount.items()}
