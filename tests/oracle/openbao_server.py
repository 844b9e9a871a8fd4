"""A real OpenBao on loopback: the released binary, as a development server."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from bot.vault.servers import Server
from tests.oracle.vault_server import LiveServer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

OPENBAO = Path(__file__).resolve().parents[2] / ".cache" / "oracle" / "openbao"
NO_OPENBAO = f"OpenBao is not installed: run tests/oracle/install-openbao.sh to get {OPENBAO.name}"
_START_SECONDS = 30
_HEADER = "eyJhbGciOiJFUzI1NiJ9"
"""`{"alg":"ES256"}`"""


class OpenBaoServer(LiveServer):
    """Use as a context manager."""

    kind = Server.OPENBAO
    token = "root"

    def __init__(self, binary: Path = OPENBAO) -> None:
        self._home = TemporaryDirectory()
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                str(binary),
                "server",
                "-dev",
                "-dev-no-store-token",
                f"-dev-root-token-id={self.token}",
                f"-dev-listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"HOME": self._home.name},
        )
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._key, self.public_key = _key_pair()
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self.request("GET", "sys/health").status == http.HTTPStatus.OK:
                    return
            except OSError:
                self._connection.close()
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"{OPENBAO.name} did not start within {_START_SECONDS} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        self._home.cleanup()

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims, signed by the key that `enable_jwt` trusts."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        signed = f"{_HEADER}.{_part(json.dumps(claims).encode())}"
        numbers = decode_dss_signature(self._key.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{_part(b''.join(number.to_bytes(32, 'big') for number in numbers))}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _key_pair() -> tuple[EllipticCurvePrivateKey, str]:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = generate_private_key(SECP256R1())
    return key, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
