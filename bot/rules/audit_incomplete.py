"""The running Vault keeps no complete audit log.

What it finds
-------------
In `sealcheck audit`: no audit device at all; only one; only devices that filter, and none that keeps what they leave
out.

Why it matters
--------------
The audit log is the only place that says who read which secret. Without one a leak cannot even be counted. With
one alone, Vault stops answering when that one cannot be written: the disk is full, and every deployment waits.

Fix
---
Enable two audit devices of different kinds, without a filter.

Bad:

```sh
vault audit disable file
```

Good:

```sh
vault audit enable file file_path=/var/log/vault/audit.log
vault audit enable -path=second socket address=127.0.0.1:9090 socket_type=tcp
```

Limits
------
Only of a running server, whose token may list the devices; else the audit says that they were not checked. Whether
somebody keeps and reads the log is not seen. A comment cannot silence this rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Effect, Hit, Severity
from bot.rule import Rule
from bot.vault.audit import AuditList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.repository import Repository
    from bot.vault.audit import AuditDevice

# Options of a device by which entries are left out, and the one that keeps what all others leave out
# (developer.hashicorp.com/vault/docs/enterprise/audit/filtering, 2026-11).
_FILTER = "filter"
_FALLBACK = "fallback"


def check(listed: AuditList, _repository: Repository) -> Iterator[Hit]:
    """At most one hit: the worst that is true."""
    devices = listed.devices
    if not devices:
        yield _hit(
            listed,
            "none",
            "The running Vault has no audit device: no access to any secret is recorded.",
            "Anyone who reads secrets with a stolen token leaves no trace.",
            Severity.CRITICAL,
        )
    elif all(_filters(device) for device in devices):
        yield _hit(
            listed,
            "filter",
            "Every audit device of the running Vault filters: what all filters leave out is recorded nowhere.",
            "Anyone who knows the filters can read secrets without a trace.",
            Severity.HIGH,
        )
    elif len(devices) == 1:
        yield _hit(
            listed,
            "one",
            f"The running Vault has one audit device, `{devices[0].path}`: when it cannot be written, Vault stops "
            "answering.",
            "",
            Severity.LOW,
        )


def _filters(device: AuditDevice) -> bool:
    return bool(device.option(_FILTER)) and device.switch(_FALLBACK) is not True


def _hit(listed: AuditList, construct: str, message: str, attack: str, severity: Severity) -> Hit:
    return Hit(
        span=listed.span,
        subject=listed.subject,
        construct=construct,
        message=message,
        attack=attack,
        text=construct,
        severity=severity,
        effect=Effect.WEAKENS,
    )


RULE = Rule(
    "audit-incomplete",
    AuditList,
    check,
    Severity.CRITICAL,
    others=(Severity.HIGH, Severity.LOW),
    effect=Effect.WEAKENS,
    suppressible=False,
)
