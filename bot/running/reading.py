"""From a server to entries: which paths are read, and what of each answer is kept.

Only configuration is read. No path here answers with a secret's value (developer.hashicorp.com/vault/api-docs and
openbao.org/api-docs, read 2026-11); connections of databases are left alone, as their URL may contain a password.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot.documents.location import Unreadable
from bot.lazy import dataclass
from bot.running.answers import AT_ONCE, AnswerRefused, ServerUnusable
from bot.snapshot import EntryPart, ServerEntry
from bot.vault.claims.terms import ALIASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.running.client import ServerClient


class Shelf(NamedTuple):
    """A kind of entries below one mount: `listed` names them, `read` (with the name behind it) has each."""

    part: EntryPart
    listed: str
    read: str


_ROLES = Shelf(EntryPart.ENGINE, "roles", "roles")
_STATIC_ROLES = Shelf(EntryPart.ENGINE, "static-roles", "static-roles")
LOGIN_SHELVES: Final[Mapping[str, tuple[Shelf, ...]]] = {
    "jwt": (Shelf(EntryPart.ROLE, "role", "role"),),
    "oidc": (Shelf(EntryPart.ROLE, "role", "role"),),
    "approle": (Shelf(EntryPart.LOGIN, "role", "role"),),
    "token": (Shelf(EntryPart.LOGIN, "roles", "roles"),),
}
"""By the type of an auth mount."""
ENGINE_SHELVES: Final[Mapping[str, tuple[Shelf, ...]]] = {
    "database": (_ROLES, _STATIC_ROLES),
    "aws": (_ROLES,),
    "gcp": (
        Shelf(EntryPart.ENGINE, "rolesets", "roleset"),
        Shelf(EntryPart.ENGINE, "static-accounts", "static-account"),
    ),
    "azure": (_ROLES,),
    "kubernetes": (_ROLES,),
    "pki": (_ROLES,),
    "ssh": (_ROLES,),
    "consul": (_ROLES,),
    "rabbitmq": (_ROLES,),
    "nomad": (Shelf(EntryPart.ENGINE, "role", "role"),),
}
"""By the type of a secret mount."""
JWT_TYPES: Final = frozenset({"jwt", "oidc"})
# The JWT mount's fields that may contain a credential of the provider (vault-plugin-auth-jwt provider_*.go, 2026-11).
_KEPT_BACK: Final = frozenset({"provider_config", "oidc_client_secret"})
_PLAIN_KEYS: Final = ("audit_non_hmac_request_keys", "audit_non_hmac_response_keys")
_ROOT: Final = "root"
"""The policy that has no text."""


@dataclass(slots=True)
class ServerReading:
    """What was read of one namespace (`""` for the token's own).

    `files` are the entries' texts by their paths in the whole server, `entries` what they are. `errors` could not be
    read and should have been, `notes` are parts that nothing here judges.
    """

    namespace: str = ""
    files: dict[str, str] = field(default_factory=dict)
    entries: dict[str, ServerEntry] = field(default_factory=dict)
    errors: list[Unreadable] = field(default_factory=list)
    notes: list[Unreadable] = field(default_factory=list)
    mounts: dict[str, str] = field(default_factory=dict)
    """path of each mount, `auth/` before those of auth methods, to its type"""
    kv2_mounts: frozenset[str] | None = None
    """the mounts of KV version 2; None where the mounts could not be listed"""
    server: str = ""
    """"vault" or "openbao"; "" where the server does not say"""
    denied: int = 0
    """how many of its own lists (mounts, policies, audit devices) the token may not read"""
    refused: int = 0
    """how many of them could not be read, for whatever reason"""

    def add(self, path: str, entry: ServerEntry, text: str) -> None:
        """Keep one entry."""
        self.files[path] = text if text.endswith("\n") else text + "\n"
        self.entries[path] = entry


class _Task(NamedTuple):
    """An entry to read: its path, what it is, and the list that it is from."""

    path: str
    entry: ServerEntry
    source: str


def read_namespaces(client: ServerClient, *, recursive: bool) -> list[ServerReading]:
    """Return what is read of the client's namespace, and with `recursive` of all below it, in their order."""
    found = []
    for namespace, refused in _namespaces(client, recursive=recursive):
        reading = _NamespaceReader(client, namespace).read()
        if refused is not None and not refused.unknown:
            reading.errors.append(_not_read(f"{namespace}sys/namespaces", refused, "list"))
        found.append(reading)
    return found


def mounts_of(client: ServerClient, *, recursive: bool) -> dict[str, dict[str, str]]:
    """Return the mounts of each namespace, path to type, as far as the token may list them."""
    return {
        namespace: _NamespaceReader(client, namespace).mounts()
        for namespace, _ in _namespaces(client, recursive=recursive)
    }


def _namespaces(client: ServerClient, *, recursive: bool) -> Iterator[tuple[str, AnswerRefused | None]]:
    """The namespaces from the client's own down, as prefixes; with each, why those below it are not known."""
    todo = [""]
    while todo:
        namespace = todo.pop(0)
        listed = client.listed(f"{namespace}sys/namespaces") if recursive else []
        if not isinstance(listed, AnswerRefused):
            todo[:0] = [f"{namespace}{name.strip('/')}/" for name in listed]
        yield namespace, listed if isinstance(listed, AnswerRefused) else None


class _NamespaceReader:
    """Reads one namespace; its name is a prefix of every path, as in Vault's own paths."""

    def __init__(self, client: ServerClient, namespace: str) -> None:
        self.client = client
        self.prefix = namespace
        self.found = ServerReading(namespace)
        self.tasks: list[_Task] = []

    def mounts(self) -> dict[str, str]:
        """Return the mounts alone, by path."""
        for path, before in (("sys/auth", "auth/"), ("sys/mounts", "")):
            for name, mount in self._listed_mounts(path):
                self.found.mounts[before + name] = mount["type"]
        return self.found.mounts

    def read(self) -> ServerReading:
        """Return what is there."""
        for path, before in (("sys/auth", "auth/"), ("sys/mounts", "")):
            for name, mount in self._listed_mounts(path):
                self._mount(name, mount, path, before)
        for name in self._list("sys/policies/acl"):
            if name != _ROOT:
                self._want(f"sys/policies/acl/{name}", "sys/policies/acl", EntryPart.POLICY, name=name)
        if not self.prefix:
            self._audit()
        self._read_all()
        return self.found

    def _want(self, path: str, source: str, part: EntryPart, **entry: Any) -> None:
        self.tasks.append(_Task(self.prefix + path, ServerEntry(part, **entry), self.prefix + source))

    def _refused(self, path: str, refused: AnswerRefused, capability: str) -> None:
        if refused.is_down:
            raise ServerUnusable(
                f"{self.client.address}: {refused.reason}: unseal it, then run the audit again"
            )
        self.found.denied += refused.denied
        self.found.refused += 1
        self.found.errors.append(_not_read(self.prefix + path, refused, capability))

    def _list(self, path: str) -> list[str]:
        names = self.client.listed(self.prefix + path)
        if isinstance(names, AnswerRefused):
            if not names.unknown:
                self._refused(path, names, "list")
            return []
        return names

    def _listed_mounts(self, path: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the mounts that `path` lists, each with its type and configuration, in order."""
        listed = self.client.read(self.prefix + path)
        if isinstance(listed, AnswerRefused):
            self._refused(path, listed, "read")
            return []
        if path == "sys/mounts":
            self.found.kv2_mounts = frozenset(
                name.strip("/") for name, each in listed.items() if _is_kv2(each)
            )
        self.found.server = self.found.server or _kind(self.client.version, listed)
        return [
            (name.strip("/"), mount)
            for name, mount in sorted(listed.items())
            if isinstance(mount, dict) and isinstance(mount.get("type"), str)
        ]

    def _mount(self, name: str, mount: dict[str, Any], listed_at: str, before: str) -> None:
        kind = mount["type"]
        self.found.mounts[before + name] = kind
        tuned = mount.get("config") or {}
        plain = {key: tuned[key] for key in _PLAIN_KEYS if tuned.get(key)}
        if plain:
            entry = ServerEntry(EntryPart.TUNING, name, type=kind)
            self.found.add(f"{self.prefix}{listed_at}/{name}", entry, as_text(plain))
        if before and kind in JWT_TYPES:
            self._want(f"auth/{name}/config", f"auth/{name}/config", EntryPart.MOUNT, mount=name, type=kind)
            self._cel_roles(name)
        for shelf in (LOGIN_SHELVES if before else ENGINE_SHELVES).get(kind, ()):
            source = f"{before}{name}/{shelf.listed}"
            for role in self._list(source):
                self._want(
                    f"{before}{name}/{shelf.read}/{role}",
                    source,
                    shelf.part,
                    mount=name,
                    name=role,
                    type=kind,
                    default_lease_seconds=tuned.get("default_lease_ttl") or 0,
                    max_lease_seconds=tuned.get("max_lease_ttl") or 0,
                )

    def _cel_roles(self, mount: str) -> None:
        """Want OpenBao's roles whose condition is a program; Vault knows no such path."""
        source = f"auth/{mount}/cel/role"
        listed = self.client.listed(self.prefix + source)
        for name in listed if isinstance(listed, list) else ():
            self._want(f"{source}/{name}", source, EntryPart.CEL_ROLE, mount=mount, name=name)

    def _audit(self) -> None:
        """Read the devices of the whole server: only its root namespace has them."""
        listed = self.client.read("sys/audit")
        if isinstance(listed, AnswerRefused):
            if listed.unknown:
                reason = "not checked: only the root namespace lists the audit devices"
                self.found.notes.append(Unreadable("sys/audit", 0, reason))
            else:
                self._refused("sys/audit", listed, 'read", "sudo')
            return
        kept = {
            name: {key: device[key] for key in ("type", "options", "local") if device.get(key)}
            for name, device in sorted(listed.items())
            if isinstance(device, dict) and "type" in device
        }
        self.found.add("sys/audit", ServerEntry(EntryPart.AUDIT), as_text(kept))

    def _read_all(self) -> None:
        """Read every wanted entry, several at a time; what is gone meanwhile is left out."""
        of_source = Counter(task.source for task in self.tasks)
        missed: dict[tuple[str, AnswerRefused], list[_Task]] = defaultdict(list)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = pool.map(self.client.read, (task.path for task in self.tasks))
            for task, answer in zip(self.tasks, answers, strict=True):
                if isinstance(answer, dict):
                    self.found.add(task.path, task.entry, _text_of(task.entry, answer))
                elif not answer.unknown:
                    missed[task.source, answer].append(task)
        for (source, refused), tasks in missed.items():
            if of_source[source] == 1:
                self.found.errors.append(_not_read(tasks[0].path, refused, "read"))
            else:
                counted = f"{len(tasks)} of {of_source[source]} entries"
                first = f"like {tasks[0].path.rsplit('/', 1)[-1]}"
                self.found.errors.append(
                    Unreadable(source, 0, f"not checked: {counted} here, {first}: {_reason(refused, 'read')}")
                )


def _is_kv2(mount: Any) -> bool:
    options = mount.get("options") if isinstance(mount, dict) else None
    return isinstance(options, dict) and mount.get("type") == "kv" and str(options.get("version")) == "2"


def _kind(version: str, mounts: dict[str, Any]) -> str:
    """Which program it is: OpenBao begins with 2.0, and both name themselves in the versions of their own plugins."""
    if version.startswith("1."):
        return "vault"
    brought = {str(each.get("running_plugin_version")) for each in mounts.values() if isinstance(each, dict)}
    for program, mark in (("vault", "builtin.vault"), ("openbao", "builtin.bao")):
        if any(mark in each for each in brought):
            return program
    return ""


def _not_read(path: str, refused: AnswerRefused, capability: str) -> Unreadable:
    return Unreadable(path, 0, f"not checked: {_reason(refused, capability)}")


def _reason(refused: AnswerRefused, capability: str) -> str:
    if not refused.denied:
        return refused.reason
    return f'{refused.reason}; it needs "{capability}" there: see `sealcheck audit --policy`'


def _text_of(entry: ServerEntry, answer: dict[str, Any]) -> str:
    if entry.part is EntryPart.POLICY:
        return str(answer.get("policy") or answer.get("rules") or "")
    return as_text(_kept(answer))


def _kept(answer: dict[str, Any]) -> dict[str, Any]:
    """The fields that are set: what is empty, zero or off is as if it were not written."""
    known = {name: value for name, value in answer.items() if value and name not in _KEPT_BACK}
    doubled = {old for old, new in ALIASES.items() if old in known and new in answer}
    return {name: value for name, value in known.items() if name not in doubled}


def as_text(answer: Mapping[str, Any]) -> str:
    """Return the JSON that findings point into: one field on a line, in the order of the names."""
    return json.dumps(answer, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def shelves_of(mounts: Mapping[str, str]) -> Iterator[tuple[str, Shelf]]:
    """Return the shelves of the mounts, each with its mount's path."""
    for path, kind in mounts.items():
        is_login = path.startswith("auth/")
        shelves: Iterable[Shelf] = (LOGIN_SHELVES if is_login else ENGINE_SHELVES).get(kind, ())
        yield from ((path, shelf) for shelf in shelves)
