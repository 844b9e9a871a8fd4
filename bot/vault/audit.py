"""Audit devices: what keeps the evidence, and what takes it away."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from bot.documents.json import parse_json
from bot.documents.kinds import FileKind
from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.lazy import dataclass, regex
from bot.vault import bank_vaults
from bot.vault.api_calls import VaultCall, calls_of
from bot.vault.reading import VaultReading
from bot.vault.self_init import self_requests
from bot.vault.server_config import server_configs
from bot.vault.terraform.modules import Terraform
from bot.vault.values import UnknownValue, mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.documents import Documents
    from bot.documents.location import Span
    from bot.snapshot import Tree

API_CREATION = "api-creation"
"""the type of what is no device: the setting by which OpenBao lets the API enable devices"""
NO_DEVICES = frozenset({"mount", API_CREATION})
_PLAIN_KEYS = ("audit_non_hmac_request_keys", "audit_non_hmac_response_keys")
_SWITCH = dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "false", "FALSE", "False"), False
)
"""what a device's option means (Vault's audit package: strconv.ParseBool, 2026-11)"""
_API = regex(r"^sys/audit/(?P<path>[^/].*)$")


@dataclass(slots=True, eq=False)
class AuditDevice:
    """An audit device that the repository enables; or, where `disabled`, a command that takes one away.

    `path` is its mount path without slashes, `options` what it is reported (`log_raw`, `file_path`, ...).

    """

    path: str
    type: str
    span: Span
    options: dict[str, Scalar] = field(default_factory=dict)
    disabled: bool = False
    plain_keys: tuple[Scalar, ...] = ()
    """of a mount (`type` "mount"): the keys that every device writes in clear text"""

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"audit:{self.path}"

    def option(self, name: str) -> str:
        """The text of an option, "" where it is not written or not known."""
        found = self.options.get(name)
        return "" if found is None or isinstance(found, UnknownValue) else found.text

    def switch(self, name: str) -> bool | None:
        """Whether an option is on or off, None where it is neither: the server refuses any other spelling."""
        return _SWITCH.get(self.option(name))


@dataclass(slots=True, eq=False)
class AuditList:
    """All audit devices of a running server: what is not among them is not there."""

    devices: tuple[AuditDevice, ...]
    span: Span

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return "audit"


def read_audits(_tree: Tree, documents: Documents) -> VaultReading[AuditDevice]:
    """Every audit device of the tree, in the order of the files."""
    found = [
        *_from_terraform(documents),
        *_from_commands(documents),
        *_from_yaml(documents),
        *_from_server_configuration(documents),
    ]
    return VaultReading(tuple(sorted(found, key=lambda device: device.span)))


def _from_terraform(documents: Documents) -> Iterator[AuditDevice]:
    terraform = Terraform(documents)
    for resource in terraform.resources("vault_audit"):
        kind = resource.text("type") or ""
        yield AuditDevice(
            (resource.text("path") or kind).strip("/"), kind, resource.span, _options(resource.get("options"))
        )
    for resource in terraform.resources("vault_mount", "vault_auth_backend", "vault_jwt_auth_backend"):
        plain = plain_keys_of(resource.fields, *resource.blocks("tune"))
        if plain:
            path = (resource.text("path") or resource.text("type") or resource.name).strip("/")
            yield AuditDevice(path, "mount", resource.span, plain_keys=plain)


def plain_keys_of(*tuned: Mapping) -> tuple[Scalar, ...]:
    """Return the keys that a mount exempts from hashing."""
    return tuple(item for holder in tuned for name in _PLAIN_KEYS for item in _items(holder.get(name)))


def device_of(path: str, kind: str, span: Span, fields: Mapping) -> AuditDevice:
    """Return the device at `path`; its options are among `fields` or under `options`."""
    return AuditDevice(path.strip("/"), kind, span, _options(fields, fields.get("options")))


def _items(node: Node | None) -> list[Scalar]:
    """The known scalars of a list."""
    items = node.items if isinstance(node, Sequence) else ()
    return [item for item in items if isinstance(item, Scalar) and item.value is not None]


def _options(*nodes: Node | None) -> dict[str, Scalar]:
    """The scalars of mappings, and of the first mapping of a list, as Terraform's JSON writes a block."""
    options: dict[str, Scalar] = {}
    for node in nodes:
        inner = node.items[0] if isinstance(node, Sequence) and node.items else node
        for entry in inner if isinstance(inner, Mapping) else ():
            if isinstance(entry.value, Scalar):
                options[entry.key.text] = entry.value
    return options


def _from_commands(documents: Documents) -> Iterator[AuditDevice]:
    for call in calls_of(documents):
        address = _API.match(call.address)
        if address is None:
            continue
        if call.method == "delete":
            yield AuditDevice(address["path"], "", call.span, disabled=True)
        else:
            options = _call_options(call)
            kind = options.pop("type", None)
            yield AuditDevice(address["path"], kind.text if kind else "", call.span, options)


def _call_options(call: VaultCall) -> dict[str, Scalar]:
    options = dict(call.fields)
    if call.body is not None:
        read = parse_json(call.body.span.path, call.body.text, call.body.place)
        if isinstance(read, Mapping):
            options |= _options(read, read.get("options"))
    return options


def _from_yaml(documents: Documents) -> Iterator[AuditDevice]:
    """`kind: Audit` of vault-config-operator, `audit:` of bank-vaults."""
    for path in documents.paths(FileKind.VAULT_YAML):
        for node in documents.roots(path):
            if not isinstance(node, Mapping):
                continue
            if _text(node.get("kind")) == "Audit" and isinstance(node.get("spec"), Mapping):
                yield _device(node, node.get("spec"), _text(node.get("metadata", "name")))
            for item in bank_vaults.listed(node, "audit"):
                yield _device(item, item, "")


def _device(whole: Node, spec: Node | None, name: str) -> AuditDevice:
    fields = spec if isinstance(spec, Mapping) else mapping_of([], whole.span)
    kind = _text(fields.get("type"))
    return device_of(_text(fields.get("path")) or name or kind, kind, whole.span, fields)


def _from_server_configuration(documents: Documents) -> Iterator[AuditDevice]:
    """`audit` stanzas of OpenBao's server (openbao.org/docs/configuration/audit, 2026-11), and its other settings."""
    for config in server_configs(documents):
        for stanza in config.of_type("audit"):
            kind, name = stanza.labels[0], stanza.labels[-1]
            yield device_of(name, kind, stanza.span, stanza.fields)
        allowed = config.settings.get("unsafe_allow_api_audit_creation")
        if isinstance(allowed, Scalar):
            yield AuditDevice("api", API_CREATION, allowed.span, {"unsafe_allow_api_audit_creation": allowed})
    for request in self_requests(documents):
        address = _API.match(request.path)
        if address is not None:
            yield device_of(address["path"], _text(request.data.get("type")), request.span, request.data)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) and node.value is not None else ""
