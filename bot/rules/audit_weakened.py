"""Vault's audit log is turned off, or made readable.

What it finds
-------------
A command or a change that takes an audit device away (`vault audit disable`, `DELETE sys/audit/...`, a
removed `vault_audit` block or `Audit` resource, `count = 0`); `log_raw = true`, `hmac_accessor = false`; a
device that writes to `/dev/null`, over `http://` to another machine, or to a file that every user may read; OpenBao's
`unsafe_allow_api_audit_creation`; mounts whose passwords, tokens or values are exempt from hashing
(`audit_non_hmac_response_keys`).

Why it matters
--------------
The audit log is the only place that says who read which secret. Who plans to read some switches it off
first; disabling a device also throws its hashing key away, so that older lines can never be compared again.
With `log_raw`, on the other hand, the log contains every secret in clear text, for everybody who may read
logs.

Fix
---
Leave two audit devices on, both of which hash what they write. To replace one, enable the new one first.

Bad:

```hcl
resource "vault_audit" "file" {
  type = "file"
  options = {
    file_path = "/var/log/vault/audit.log"
    log_raw   = "true"
  }
}
```

Good:

```hcl
resource "vault_audit" "file" {
  type = "file"
  options = {
    file_path = "/var/log/vault/audit.log"
  }
}
```

Limits
------
A device that moves to another path or type in the same change is not reported, as long as no fewer devices
remain. What is configured outside of the repository is not seen. A comment cannot silence this rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.documents.location import Span
from bot.facts.hosts import host_in_clear, is_this_machine
from bot.findings import Hit, Severity
from bot.lazy import regex
from bot.rule import Rule
from bot.vault.audit import API_CREATION, NO_DEVICES
from bot.vault.model import VaultModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository
    from bot.vault.audit import AuditDevice

_REVEALING = regex(r"passw|token|secret|data|value|jwt|private|credential", re.IGNORECASE)
_NOWHERE = frozenset({"/dev/null", "discard"})
_FOR_OTHERS = regex(r"[0-7]*[4-7]")
"""file modes whose last digit lets others read"""


def check(model: VaultModel, repository: Repository) -> Iterator[Hit]:
    """A hit for each device that is taken away or opened."""
    for device in model.audits:
        if device.disabled:
            message, severity = f"The audit device `{device.path}` is turned off.", Severity.CRITICAL
            if repository.tree.project.vault_server == "openbao":
                # openbao.org/docs/configuration/audit, 2026-11: since 2.3.2 devices come from the configuration.
                message = (
                    message[:-1] + ", which OpenBao since 2.3.2 refuses unless its configuration allows it."
                )
                severity = Severity.LOW
            yield _hit(device, "disabled", message, severity)
        elif device.type == "mount":
            yield from _plain_keys(device)
        elif device.type == API_CREATION:
            yield from _by_api(device)
        else:
            yield from _opened(device)
    yield from _removed(model, repository)


def _opened(device: AuditDevice) -> Iterator[Hit]:
    if device.switch("log_raw") is True:
        message = f"The audit device `{device.path}` writes every secret in clear text (`log_raw`)."
        yield _hit(device, "log_raw", message, Severity.HIGH)
    if device.switch("hmac_accessor") is False:
        message = f"The audit device `{device.path}` writes the accessors of tokens in clear text."
        yield _hit(device, "hmac_accessor", message, Severity.MEDIUM)
    # `path` counts where there is no `file_path`, and `discard` in any case (Vault's audit/backend_file.go, 2026-11).
    target = "file_path" if "file_path" in device.options else "path"
    if device.option(target).lower() in _NOWHERE:
        message = f"What the audit device `{device.path}` writes is thrown away."
        yield _hit(device, target, message, Severity.CRITICAL)
    field = "uri" if "uri" in device.options else "address"
    address = device.option(field) if device.type == "http" else ""
    host = host_in_clear(address)
    if host and not is_this_machine(host):
        message = f"The audit device `{device.path}` sends the log to `{address}` without TLS."
        yield _hit(device, field, message, Severity.MEDIUM)
    mode = device.option("mode")
    if _FOR_OTHERS.fullmatch(mode):
        message = (
            f"Every user of the server may read the file of the audit device `{device.path}` (mode {mode})."
        )
        yield _hit(device, "mode", message, Severity.LOW)


def _by_api(device: AuditDevice) -> Iterator[Hit]:
    """OpenBao's switch that lets anyone who may write `sys/audit` have the server write files (CVE-2025-54997)."""
    name = "unsafe_allow_api_audit_creation"
    if device.option(name).lower() in {"true", "1"}:
        message = (
            f"`{name}` lets the API enable audit devices: anyone who may write `sys/audit` can have the server write "
            "files."
        )
        yield _hit(device, name, message, Severity.MEDIUM)


def _plain_keys(device: AuditDevice) -> Iterator[Hit]:
    for scalar in device.plain_keys:
        if _REVEALING.search(scalar.text):
            yield Hit(
                span=scalar.span,
                subject=device.subject,
                construct=f"audit_non_hmac.{scalar.text}",
                message=f"All audit devices write `{scalar.text}` of the mount `{device.path}` in clear text.",
                attack="Anyone who may read the logs reads the secrets.",
                text=scalar.text,
                severity=Severity.HIGH,
            )


def _removed(model: VaultModel, repository: Repository) -> Iterator[Hit]:
    """Devices that the other side of the change has and this one has not, unless as many remain."""
    if repository.base is None:
        return
    before = _devices(repository.base.vault)
    now = _devices(model)
    off = {device.path for device in model.audits if device.disabled}
    gone = [device for path, device in before.items() if path not in now and path not in off]
    if len(now) >= len(before):
        return
    for device in gone:
        yield Hit(
            span=_where(device, repository),
            subject=device.subject,
            construct=f"removed.{device.path}",
            message=f"The change removes the audit device `{device.path}`; {_count(len(now))} in this repository.",
            attack="After this change, that log no longer shows who read which secret.",
            text=f"audit {device.path} removed",
            severity=Severity.CRITICAL,
        )


def _count(devices: int) -> str:
    return "none remains" if not devices else "one remains" if devices == 1 else f"{devices} remain"


def _devices(model: VaultModel) -> dict[str, AuditDevice]:
    return {
        device.path: device
        for device in model.audits
        if not device.disabled and device.type not in NO_DEVICES
    }


def _where(device: AuditDevice, repository: Repository) -> Span:
    """Where the device stood: the same line of the file, if it is still there, else the file's first line."""
    text = repository.documents.text(device.span.path)
    last = max((text or "").count("\n"), 1)
    return Span.of_lines(device.span.path, min(device.span.start_line, last) if text else 1)


_ATTACKS = {
    "uri": "Anyone on the way to that address sees who reads which secret, and can change the log.",
    "address": "Anyone on the way to that address sees who reads which secret, and can change the log.",
    "mode": "Another user of that machine sees who reads which secret.",
    "unsafe_allow_api_audit_creation": "An administrator of Vault can become one of the machine that it runs on.",
}


_OVER_TLS = "Use an `https://` address, or a collector on the same machine."
_REMEDIES = {
    "uri": _OVER_TLS,
    "address": _OVER_TLS,
    "mode": "Set `mode` to `0600`. A log shipper then has to run as the same user.",
    "unsafe_allow_api_audit_creation": "Remove the setting, and configure the audit devices in the server's file.",
}


def _hit(device: AuditDevice, construct: str, message: str, severity: Severity) -> Hit:
    found = device.options.get(construct)
    return Hit(
        span=found.span if found is not None else device.span,
        subject=device.subject,
        construct=construct,
        message=message,
        attack="Anyone who reads secrets afterwards leaves no trace."
        if construct in {"disabled", "file_path", "path"}
        else _ATTACKS.get(
            construct, "Anyone who may read the logs reads values that Vault should have hashed."
        ),
        text=f"{construct} {device.path}",
        severity=severity,
        remedy=_REMEDIES.get(construct, ""),
    )


RULE = Rule(
    "audit-weakened",
    VaultModel,
    check,
    Severity.CRITICAL,
    others=(Severity.HIGH, Severity.MEDIUM, Severity.LOW),
    suppressible=False,
)
