"""Fixtures of the comparisons with other programs."""

from __future__ import annotations

import pytest

from bot.vault.servers import Server
from tests.oracle.openbao_server import NO_OPENBAO, OPENBAO, OpenBaoServer
from tests.oracle.vault_server import BINARY, MISSING, VaultServer


@pytest.fixture(scope="session")
def vault_server():
    """A real Vault, one for all tests of a worker; skips with a reason where it is not built."""
    if not BINARY.exists():
        pytest.skip(MISSING)
    with VaultServer() as server:
        yield server


@pytest.fixture(scope="session")
def openbao_server():
    """A real OpenBao, one for all tests of a worker; skips with a reason where it is not installed."""
    if not OPENBAO.exists():
        pytest.skip(NO_OPENBAO)
    with OpenBaoServer() as server:
        yield server


@pytest.fixture(params=[Server.VAULT, Server.OPENBAO])
def live_server(request):
    """Each of the two servers in turn."""
    return request.getfixturevalue(f"{request.param}_server")
