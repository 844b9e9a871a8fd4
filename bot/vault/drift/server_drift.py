"""Everything on a running server against everything in the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.vault.audit import NO_DEVICES
from bot.vault.drift.part_drift import DEVICES, ENGINES, MOUNTS
from bot.vault.drift.policy_drift import POLICIES
from bot.vault.drift.role_drift import ROLES
from bot.vault.engines.engine_role import EnginePart
from bot.vault.model import VaultModel

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.vault.audit import AuditDevice
    from bot.vault.drift.comparison import Drift
    from bot.vault.engines.engine_role import EngineRole


def namespaces_in(code: VaultModel) -> frozenset[str]:
    """Return the namespaces that the code names, without slashes at their ends."""
    groups = (code.roles, code.policies, code.mounts, code.engines)
    return frozenset(part.namespace for group in groups for part in group if part.namespace)


def drift_of(
    server: VaultModel,
    code: VaultModel,
    unread: Collection[str] = (),
    namespaces: Collection[str] | None = None,
) -> tuple[Drift, ...]:
    """Return how everything compares, kind by kind. `unread` are the server's paths that could not be read.

    `namespaces`: what the code writes for these alone ("" for what names none); None: all of it.
    """
    if namespaces is not None:
        code = _of_namespaces(code, namespaces)
    # Only the root namespace of a server lists its audit devices.
    without_devices = () if server.audit_lists else ("sys/audit",)
    return (
        *ROLES.of(server.roles, code.roles, unread),
        *POLICIES.of(server.policies, code.policies, unread),
        *MOUNTS.of(server.mounts, code.mounts, unread),
        *ENGINES.of(_roles(server), _roles(code), unread),
        *DEVICES.of(_devices(server), _devices(code), (*unread, *without_devices)),
    )


def _of_namespaces(code: VaultModel, namespaces: Collection[str]) -> VaultModel:
    groups = {
        name: tuple(part for part in group if getattr(part, "namespace", "") in namespaces)
        for name, group in code.groups.items()
    }
    return VaultModel(code.unread, None, **groups)


def _roles(model: VaultModel) -> list[EngineRole]:
    """The roles of engines: connections are not read from a server."""
    return [role for role in model.engines if role.part is not EnginePart.CONNECTION]


def _devices(model: VaultModel) -> list[AuditDevice]:
    return [device for device in model.audits if not device.disabled and device.type not in NO_DEVICES]
