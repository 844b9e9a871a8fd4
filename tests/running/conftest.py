"""An audit as a user calls it, against a stand-in or a real Vault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from tests.oracle.vault_server import BINARY, MISSING, VaultServer
from tests.running.double import TOKEN, VaultDouble

JWT_AUTH = {"jwt/": {"type": "jwt", "config": {}}, "token/": {"type": "token", "config": {}}}
GOOD_ROLE = {
    "role_type": "jwt",
    "user_claim": "project_id",
    "bound_audiences": ["https://vault.example.com"],
    "bound_claims": {"project_id": "7", "ref": "main", "ref_type": "branch", "ref_protected": "true"},
    "bound_claims_type": "string",
    "token_policies": ["app"],
    "token_ttl": 300,
    "token_explicit_max_ttl": 300,
    "token_type": "default",
    "bound_subject": "",
    "claim_mappings": None,
    "token_period": 0,
}
APP_POLICY = 'path "secret/data/app/*" {\n  capabilities = ["read"]\n}\n'
TWO_DEVICES = {
    "file/": {"type": "file", "options": {"file_path": "/var/log/vault.log"}},
    "socket/": {"type": "socket", "options": {"address": "127.0.0.1:9090"}},
}


def small_vault() -> dict[str, Any]:
    """A server in which nothing is wrong."""
    return {
        "sys/auth": JWT_AUTH,
        "sys/mounts": {"secret/": {"type": "kv", "config": {}}},
        "sys/policies/acl": ["app", "root"],
        "sys/policies/acl/app": {"name": "app", "policy": APP_POLICY},
        "sys/audit": TWO_DEVICES,
        "auth/jwt/config": {
            "oidc_discovery_url": "https://gitlab.example.com",
            "bound_issuer": "https://gitlab.example.com",
        },
        "auth/jwt/role": ["prod-db"],
        "auth/jwt/role/prod-db": GOOD_ROLE,
    }


@dataclass
class Audited:
    """How a call ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def rules(self) -> set[tuple[str, str]]:
        """Rule and path of each open finding of a JSON report."""
        return {(each["rule"], each["path"]) for each in self.report["findings"] if each["ignored"] is None}


Audit = Callable[..., Audited]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The answers after which the client would pause; no test waits."""
    from bot.running import client

    paused: list[object] = []
    monkeypatch.setattr(client._Patience, "sleep", lambda _self, response=None: paused.append(response))
    return paused


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """`audit(server, "--format", "json")`; the environment contains nothing else of Vault's."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def call(server: VaultDouble | str | None, *arguments: str, **environment: str | None) -> Audited:
        address = server.url if isinstance(server, VaultDouble) else server
        given = {"VAULT_ADDR": address, "VAULT_TOKEN": TOKEN, "VAULT_NAMESPACE": None, **environment}
        found = CliRunner().invoke(main, ["audit", *arguments], env=given)
        assert found.exception is None or isinstance(found.exception, SystemExit), repr(found.exception)
        return Audited(found.exit_code, found.stdout, found.stderr)

    return call


@pytest.fixture
def double() -> Iterator[VaultDouble]:
    with VaultDouble(small_vault()) as server:
        yield server


@pytest.fixture(scope="module")
def vault() -> Iterator[VaultServer]:
    """A real Vault core of its own: what is in it is counted."""
    if not BINARY.exists():
        pytest.skip(MISSING)
    with VaultServer() as server:
        yield server
