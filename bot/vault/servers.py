"""The servers that a role or a policy is judged for."""

from __future__ import annotations

import re
from enum import StrEnum


class Server(StrEnum):
    """A kind of server, where kinds differ in what they store and whom they let log in."""

    VAULT = "vault"
    """HashiCorp Vault since 1.15.9, 1.16.3 and 1.17 (CVE-2024-5798)"""
    OPENBAO = "openbao"
    """OpenBao since 2.0"""
    OLD_VAULT = "vault-old"
    """Vault before those: it does not compare the audience of a token with a role that binds none"""


_FIXED = ((1, 15, 9), (1, 16, 3), (1, 17, 0))
"""the first releases of Vault, by line, that compare the audience with a role that binds none"""


def judged_servers(kind: str, version: str) -> tuple[Server, ...]:
    """Return the servers to judge for: those of the policy's `vault:` setting, all of them where it says nothing.

    `version` like "1.21.4"; what it leaves out counts as the newest of its line.
    """
    if kind == Server.OPENBAO:
        return (Server.OPENBAO,)
    if kind != Server.VAULT:
        return tuple(Server)
    numbers = [int(part) for part in re.findall(r"\d+", version)[:3]]
    if not numbers:
        return (Server.VAULT, Server.OLD_VAULT)
    release = (*numbers, *[10**6] * (3 - len(numbers)))
    first = next(
        (each for each in _FIXED if each[:2] == release[:2]),
        _FIXED[0] if release[:2] < (1, 15) else _FIXED[-1],
    )
    return (Server.VAULT,) if release >= first else (Server.OLD_VAULT,)


SUPPORTED = (Server.VAULT, Server.OPENBAO)
"""The servers that still get fixes, 2026-11; policies are read for these."""
