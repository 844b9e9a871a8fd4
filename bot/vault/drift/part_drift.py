"""Mounts, roles of engines and audit devices: the fields that the code writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Scalar, Sequence
from bot.vault.drift.comparison import Comparison, Difference, shown
from bot.vault.durations import seconds_of
from bot.vault.reading import known
from bot.vault.values import JsonText, UnknownValue, is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Node
    from bot.vault.audit import AuditDevice
    from bot.vault.engines.engine_role import EngineRole
    from bot.vault.roles.jwt_role import JwtMount

_SECRETS: Final = frozenset({"oidc_client_secret", "provider_config"})
"""Fields that are not read from the server."""


def _of_mount(server: JwtMount, code: JwtMount) -> Iterator[Difference]:
    for name, field in code.fields.items():
        ours = server.value(name)
        if name in _SECRETS or not known(field.value) or not (ours or field.value):
            continue
        if _listed(ours) != _listed(field.value):
            yield Difference(
                (name,), f"{name} is {shown(ours)} in Vault and {shown(field.value)} in the code"
            )


def _listed(value: Any) -> list[str]:
    """A list, or a text with commas, without order: a mount's fields are texts or lists of texts."""
    items = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return sorted(str(item).strip() for item in items)


MOUNTS: Final[Comparison[JwtMount]] = Comparison(
    "mount",
    key=lambda mount: (mount.mount,),
    path=lambda mount: f"auth/{mount.mount}/config",
    place=lambda mount: mount.head,
    subject=lambda mount: mount.subject,
    differences=_of_mount,
    is_partial=True,
)


def _of_engine(server: EngineRole, code: EngineRole) -> Iterator[Difference]:
    """The fields that the code writes and the server shows, where they differ."""
    for entry in code.fields:
        ours = server.get(entry.key.text)
        if ours is not None and is_known(entry.value) and _meaning(ours) != _meaning(entry.value):
            yield Difference((entry.key.text,), f"{entry.key.text} is not what the code writes")


def _meaning(node: Node) -> Any:
    """The node's value, whatever it is written as: durations in seconds, JSON decoded, lists without order."""
    if isinstance(node, JsonText) and node.decoded is not None:
        return _meaning(node.decoded)
    if isinstance(node, Sequence):
        return sorted(repr(_meaning(item)) for item in node.items)
    if isinstance(node, Mapping):
        return {key: _meaning(entry.value) for key, entry in node.entries.items()}
    if not isinstance(node, Scalar) or node.value is None:
        return []
    text = node.text.strip()
    decoded = parse_json(node.span.path, text) if text[:1] in {"{", "["} else None
    if decoded is not None and not isinstance(decoded, Unreadable):
        return _meaning(decoded)
    seconds = seconds_of(text)
    return [repr(text if seconds is None else str(seconds))]


ENGINES: Final[Comparison[EngineRole]] = Comparison(
    "engine role",
    key=lambda role: (role.part.value, role.mount, role.name),
    path=lambda role: f"{role.mount}/{role.part}s/{role.name}",
    place=lambda role: role.span,
    subject=lambda role: role.subject,
    differences=_of_engine,
    is_partial=True,
)


def _of_audit(server: AuditDevice, code: AuditDevice) -> Iterator[Difference]:
    if code.type and server.type != code.type:
        yield Difference(("type",), f"type is `{server.type}` in Vault and `{code.type}` in the code")
    for name in sorted(
        {*server.options, *code.options} - {"type", "path", "description", "local", "options"}
    ):
        if name in code.options and isinstance(code.options[name], UnknownValue):
            continue
        if server.option(name) != code.option(name):
            yield Difference((name,), f"{name} is not the same in Vault and in the code")


DEVICES: Final[Comparison[AuditDevice]] = Comparison(
    "audit device",
    key=lambda device: (device.path,),
    path=lambda _device: "sys/audit",
    place=lambda device: device.span,
    subject=lambda device: device.subject,
    differences=_of_audit,
    is_partial=True,
)
