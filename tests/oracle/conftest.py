"""Fixtures of the comparisons with other programs."""

from __future__ import annotations

import pytest

from tests.oracle.vault_server import BINARY, MISSING, VaultServer


@pytest.fixture(scope="session")
def vault_server():
    """A real Vault, one for all tests of a worker; skips with a reason where it is not built."""
    if not BINARY.exists():
        pytest.skip(MISSING)
    with VaultServer() as server:
        yield server
