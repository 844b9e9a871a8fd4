"""The entries of a running server: the same roles, mounts, policies and engines, but nothing of them is a guess.

The path says what an entry is, and every field is there as the server stores it.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from bot.documents.kinds import FileKind
from bot.documents.location import Span, Unreadable
from bot.documents.nodes import Mapping, text_of
from bot.lazy import dataclass
from bot.snapshot import EntryPart
from bot.vault.audit import AuditDevice, AuditList, device_of, plain_keys_of
from bot.vault.cel_roles import cel_role_of, unjudged_part
from bot.vault.engines.engine_role import EngineKind, EnginePart, EngineRole
from bot.vault.logins import LoginRole
from bot.vault.policies.policy import VaultPolicy
from bot.vault.policies.policy_text import read_policy_text
from bot.vault.roles.issuers import issuer_of
from bot.vault.roles.jwt_role import MountLimits, RoleForm
from bot.vault.roles.payloads import FoundPayloads, PayloadReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.documents import Documents
    from bot.snapshot import ServerEntry, Tree
    from bot.vault.cel_roles import CelRole
    from bot.vault.roles.jwt_role import JwtMount, JwtRole


@dataclass(slots=True)
class Entries:
    """What a running server holds, in the order of the paths."""

    roles: list[JwtRole] = field(default_factory=list)
    mounts: list[JwtMount] = field(default_factory=list)
    policies: list[VaultPolicy] = field(default_factory=list)
    cel_roles: list[CelRole] = field(default_factory=list)
    engines: list[EngineRole] = field(default_factory=list)
    audits: list[AuditDevice] = field(default_factory=list)
    audit_lists: list[AuditList] = field(default_factory=list)
    logins: list[LoginRole] = field(default_factory=list)
    unread: list[Unreadable] = field(default_factory=list)

    @property
    def groups(self) -> dict[str, list[Any]]:
        """The parts by the names of the model's groups."""
        names = ("roles", "mounts", "policies", "cel_roles", "engines", "audits", "audit_lists", "logins")
        return {name: getattr(self, name) for name in names}


def read_entries(tree: Tree, documents: Documents) -> Entries:
    """Return every entry of the tree; nothing for a tree of files."""
    found = Entries()
    if not tree.entries:
        return found
    for path in documents.paths(FileKind.VAULT_ENTRY):
        entry = tree.entries[path]
        if entry.part is EntryPart.POLICY:
            _policy(path, entry, documents, found)
            continue
        node = documents.json(path)
        if isinstance(node, Unreadable):
            found.unread.append(node)
        elif isinstance(node, Mapping):
            _READERS[entry.part](path, entry, node, documents, found)
    by_path = {mount.mount: mount for mount in found.mounts}
    for role in found.roles:
        role.issuer = issuer_of(role, by_path.get(role.mount), tree.project.host)
    return found


def _policy(path: str, entry: ServerEntry, documents: Documents, found: Entries) -> None:
    text = documents.text(path) or ""
    read = read_policy_text(path, text)
    found.unread += read.unread
    span = Span.of_lines(path, 1, max(text.count("\n"), 1))
    found.policies.append(VaultPolicy(entry.name, read.form, span, read.rules, read.complete))


def _role(path: str, entry: ServerEntry, node: Mapping, documents: Documents, found: Entries) -> None:
    reader = PayloadReader(path, documents.text(path) or "", RoleForm.ENTRY, FoundPayloads())
    role = reader.role(node, entry.mount, entry.name)
    role.limits = MountLimits(entry.default_lease_seconds, entry.max_lease_seconds)
    role.unknown_fields = ()  # the server knows what it stores
    found.roles.append(role)


def _cel_role(_path: str, entry: ServerEntry, node: Mapping, _documents: Documents, found: Entries) -> None:
    role = cel_role_of(entry.mount, entry.name, node, node.span)
    found.cel_roles.append(role)
    found.unread.append(unjudged_part(role))


def _mount(path: str, entry: ServerEntry, node: Mapping, documents: Documents, found: Entries) -> None:
    reader = PayloadReader(path, documents.text(path) or "", RoleForm.ENTRY, FoundPayloads())
    mount = reader.mount(node, entry.mount)
    mount.unknown_fields = ()
    found.mounts.append(mount)


def _engine(path: str, entry: ServerEntry, node: Mapping, _documents: Documents, found: Entries) -> None:
    part = EnginePart.STATIC_ROLE if "/static-roles/" in f"/{path}" else EnginePart.ROLE
    kind = EngineKind(entry.type)
    found.engines.append(
        EngineRole(kind, part, entry.mount, entry.name, node.span, node, entry.max_lease_seconds)
    )


def _login(_path: str, entry: ServerEntry, node: Mapping, _documents: Documents, found: Entries) -> None:
    found.logins.append(LoginRole(entry.type, entry.mount, entry.name, node.span, node))


def _audit(_path: str, _entry: ServerEntry, node: Mapping, _documents: Documents, found: Entries) -> None:
    devices = []
    for listed in node:
        if isinstance(listed.value, Mapping):
            kind = text_of(listed.value.get("type")) or ""
            devices.append(device_of(listed.key.text, kind, listed.span, listed.value))
    found.audits += devices
    found.audit_lists.append(AuditList(tuple(devices), node.span))


def _tuning(_path: str, entry: ServerEntry, node: Mapping, _documents: Documents, found: Entries) -> None:
    plain = plain_keys_of(node)
    if plain:
        found.audits.append(AuditDevice(entry.mount, "mount", node.span, plain_keys=plain))


_READERS: dict[EntryPart, Callable[[str, ServerEntry, Mapping, Documents, Entries], None]] = {
    EntryPart.ROLE: _role,
    EntryPart.CEL_ROLE: _cel_role,
    EntryPart.MOUNT: _mount,
    EntryPart.ENGINE: _engine,
    EntryPart.LOGIN: _login,
    EntryPart.AUDIT: _audit,
    EntryPart.TUNING: _tuning,
}
