"""A real Vault on loopback, and the few verbs that the comparisons need of a server.

The core, its HTTP API, its JWT auth method and its policies are Vault's own code; see tests/oracle/vault/.
"""

from __future__ import annotations

import http.client
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from bot.vault.servers import Server

BINARY = Path(__file__).resolve().parents[2] / ".cache" / "oracle" / "vault-core"
MISSING = f"the Vault core is not built: run tests/oracle/install-vault.sh (needs Go) to get {BINARY.name}"


@dataclass
class Answer:
    """An HTTP status and its JSON body ({} where there is none)."""

    status: int
    body: dict[str, Any]

    @property
    def errors(self) -> str:
        return "; ".join(self.body.get("errors") or [])


class LiveServer:
    """A running server of either kind. `token` is the root token, `public_key` checks what `sign` signs."""

    kind: Server
    token: str
    public_key: str
    _connection: http.client.HTTPConnection

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims, signed by the key that `enable_jwt` trusts."""
        raise NotImplementedError

    def request(self, method: str, path: str, body: object = None, token: str | None = None) -> Answer:
        """One call of the API; `path` without `/v1/`, `token` None for the root token, "" for none."""
        headers = {"X-Vault-Token": self.token if token is None else token} if token != "" else {}
        self._connection.request(method, f"/v1/{path}", None if body is None else json.dumps(body), headers)
        try:
            response = self._connection.getresponse()
        except http.client.RemoteDisconnected:  # Vault panics where it compares a list or a map with its like
            self._connection.close()
            return Answer(500, {"errors": ["the server panicked on this request"]})
        raw = response.read()
        return Answer(response.status, json.loads(raw) if raw else {})

    def write(self, path: str, body: object) -> Answer:
        return self.request("POST", path, body)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)

    def enable_jwt(self, mount: str, **config: object) -> None:
        """A JWT mount that trusts the server's signing key, new even where a mount of this name was."""
        self.delete(
            f"sys/auth/{mount}"
        )  # pytest-xdist may come back to a module, and sets up its fixtures again
        answer = self.write(f"sys/auth/{mount}", {"type": "jwt"})
        assert answer.status == 204, answer
        answer = self.write(f"auth/{mount}/config", {"jwt_validation_pubkeys": [self.public_key], **config})
        assert answer.status == 204, answer

    def login(self, mount: str, role: str, claims: dict[str, Any]) -> Answer:
        """The answer to a login; 200 means that it logs in."""
        return self.request("POST", f"auth/{mount}/login", {"role": role, "jwt": self.sign(claims)}, token="")


class VaultServer(LiveServer):
    """HashiCorp Vault; use as a context manager."""

    kind = Server.VAULT

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(BINARY), "-test.run", "^TestServe$", "-test.timeout", "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        hello = self._hello()
        self.token = hello["token"]
        self.public_key = hello["public_key"]
        self._connection = http.client.HTTPConnection(urlsplit(hello["address"]).netloc, timeout=30)

    def _hello(self) -> dict[str, str]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"{BINARY.name} ended before it served")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait(timeout=20)

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims, signed by the key that `enable_jwt` trusts."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(claims) + "\n")
        self._process.stdin.flush()
        return str(json.loads(self._process.stdout.readline()))
