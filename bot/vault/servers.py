"""The servers that a role or a policy is judged for."""

from __future__ import annotations

from enum import StrEnum


class Server(StrEnum):
    """A kind of server, where kinds differ in what they store and whom they let log in."""

    VAULT = "vault"
    """HashiCorp Vault since 1.15.9, 1.16.3 and 1.17 (CVE-2024-5798)"""
    OPENBAO = "openbao"
    """OpenBao since 2.0"""
    OLD_VAULT = "vault-old"
    """Vault before those: it does not compare the audience of a token with a role that binds none"""


SUPPORTED = (Server.VAULT, Server.OPENBAO)
"""The servers that still get fixes, 2026-11; policies are read for these."""
