"""Everything that a repository says to Vault: roles, mounts, policies, engines and audits."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from bot.reads import Answers, Reads, vault_group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Unreadable
    from bot.vault.audit import AuditDevice, AuditList
    from bot.vault.cel_roles import CelRole
    from bot.vault.engines.engine_role import EngineRole
    from bot.vault.kv_mounts import KvMount
    from bot.vault.logins import LoginRole
    from bot.vault.policies.policy import VaultPolicy
    from bot.vault.roles.jwt_role import JwtMount, JwtRole

T = TypeVar("T")


class _NotedParts(Generic[T]):
    """The parts of one kind, in the order of the files. Reading it is noted."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name
        self._read = vault_group(name)

    def __get__(self, model: VaultModel, _owner: type) -> tuple[T, ...]:
        model.reads.note(self._read)
        parts: tuple[T, ...] = model.groups[self._name]
        return parts


class VaultModel:
    """Everything that one side of a repository says to Vault, in the order of the files."""

    roles: _NotedParts[JwtRole] = _NotedParts()
    mounts: _NotedParts[JwtMount] = _NotedParts()
    policies: _NotedParts[VaultPolicy] = _NotedParts()
    engines: _NotedParts[EngineRole] = _NotedParts()
    audits: _NotedParts[AuditDevice] = _NotedParts()
    audit_lists: _NotedParts[AuditList] = _NotedParts()
    logins: _NotedParts[LoginRole] = _NotedParts()
    kv_mounts: _NotedParts[KvMount] = _NotedParts()
    cel_roles: _NotedParts[CelRole] = _NotedParts()

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

    @cached_property
    def positions(self) -> dict[int, tuple[str, int]]:
        """The group and the number in it of each part, by the part's id."""
        return {
            id(part): (name, number)
            for name, group in self.groups.items()
            for number, part in enumerate(group)
        }

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


GROUPS: Final = tuple(name for name, each in vars(VaultModel).items() if isinstance(each, _NotedParts))


def _mount_at(model: VaultModel, path: str) -> JwtMount | None:
    return next((mount for mount in model.mounts if mount.mount == path), None)


def _roles_by_mount(model: VaultModel) -> dict[str, tuple[JwtRole, ...]]:
    by_mount: dict[str, list[JwtRole]] = defaultdict(list)
    for role in model.roles:
        by_mount[role.mount].append(role)
    return {mount: tuple(roles) for mount, roles in by_mount.items()}
