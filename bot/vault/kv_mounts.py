"""Mounts of the KV engine that the repository makes, and their version: where values are depends on it.

Version 2 has its values below `data/` (developer.hashicorp.com/vault/docs/secrets/kv, 2026-11). Without a version the
type `kv` is version 1, and `kv-v2` is version 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.json import parse_json
from bot.documents.kinds import FileKind
from bot.documents.nodes import Mapping, Node, Scalar, text_of
from bot.lazy import dataclass, regex
from bot.vault import bank_vaults
from bot.vault.api_calls import calls_of
from bot.vault.self_init import self_requests
from bot.vault.terraform.modules import Terraform
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Span
    from bot.vault.api_calls import VaultCall

_API: Final = regex(r"^sys/mounts/(?P<path>[^/$].*)$")
_TYPES: Final = {"kv": 1, "generic": 1, "kv-v1": 1, "kv-v2": 2}


@dataclass(slots=True, eq=False)
class KvMount:
    """A mount of the KV engine: its path without slashes at the ends, its version (1 or 2), and what makes it."""

    path: str
    version: int
    span: Span

    @property
    def subject(self) -> str:
        """The name under which findings would speak of it."""
        return f"mount:{self.path}"


def kv_mounts_of(documents: Documents) -> tuple[KvMount, ...]:
    """Return every KV mount of the tree whose path and version are known, in the order of the files."""
    found = [
        *_from_terraform(documents),
        *_from_commands(documents),
        *_from_yaml(documents),
        *_from_self_init(documents),
    ]
    return tuple(sorted(found, key=lambda mount: mount.span))


def _mount(path: str, kind: Node | None, version: Node | None, span: Span) -> Iterator[KvMount]:
    number = _TYPES.get(text_of(kind) or "")
    is_open = isinstance(kind, UnknownValue) or isinstance(version, UnknownValue) or "$" in path
    if number is None or is_open or not path:
        return
    yield KvMount(path.strip("/"), 2 if text_of(version) == "2" else number, span)


def _from_terraform(documents: Documents) -> Iterator[KvMount]:
    if not documents.paths(FileKind.TERRAFORM, FileKind.TERRAFORM_JSON):
        return
    for resource in Terraform(documents).resources("vault_mount"):
        version = resource.get("options", "version")
        yield from _mount(resource.text("path") or "", resource.get("type"), version, resource.span)


def _from_commands(documents: Documents) -> Iterator[KvMount]:
    for call in calls_of(documents):
        address = _API.match(call.address)
        if address is not None and call.method == "write" and not call.script.is_example:
            yield from _of_call(call, address["path"])


def _of_call(call: VaultCall, path: str) -> Iterator[KvMount]:
    fields = call.fields
    kind: Node | None = fields.get("type")
    version: Node | None = fields.get("version")
    if call.body is not None:
        sent = parse_json(call.body.span.path, call.body.text, call.body.place)
        if isinstance(sent, Mapping):
            kind, version = sent.get("type") or kind, sent.get("options", "version") or version
    yield from _mount(path, kind, version, call.span)


def _from_yaml(documents: Documents) -> Iterator[KvMount]:
    """`secrets:` of bank-vaults, and `SecretEngineMount` of vault-config-operator."""
    for path in documents.paths(FileKind.VAULT_YAML):
        for node in documents.roots(path):
            if not isinstance(node, Mapping):
                continue
            if text_of(node.get("kind")) == "SecretEngineMount":
                yield from _custom_resource(node)
            for item in bank_vaults.listed(node, "secrets"):
                yield from _of_item(item)


def _custom_resource(node: Mapping) -> Iterator[KvMount]:
    """The operator mounts it at `path` and the name of the resource (redhat-cop/vault-config-operator, 2026-11)."""
    folder, name = text_of(node.get("spec", "path")) or "", text_of(node.get("metadata", "name")) or ""
    where = "/".join(part.strip("/") for part in (folder, name) if part)
    yield from _mount(where, node.get("spec", "type"), node.get("spec", "options", "version"), node.span)


def _of_item(item: Node) -> Iterator[KvMount]:
    if isinstance(item, Mapping):
        kind = item.get("type")
        where = text_of(item.get("path")) or text_of(kind) or ""
        yield from _mount(where, kind, item.get("options", "version"), item.span)


def _from_self_init(documents: Documents) -> Iterator[KvMount]:
    for request in self_requests(documents):
        address = _API.match(request.path)
        if address is not None:
            data = request.data
            version = data.get("options", "version")
            kind = data.get("type")
            if isinstance(kind, Scalar):
                yield from _mount(address["path"], kind, version, request.span)
