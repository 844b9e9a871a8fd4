"""The options of `sealcheck audit`."""

from __future__ import annotations

from bot.lazy import dataclass


@dataclass(frozen=True, slots=True)
class AuditCall:
    """The options, as the command line names them."""

    against: str | None = None
    policy: bool = False
    form: str = "text"
    fail_on: str = "medium"
    namespace: str | None = None
    recursive: bool = False
    jwt_role: str | None = None
    jwt_mount: str = "jwt"
    jwt_file: str | None = None
    config: str | None = None
    baseline: str | None = None
    write_baseline: bool = False
    output: str | None = None
    quiet: bool = False
