"""A stand-in for a Vault's HTTP API: answers of configuration, and the ways in which a server does not answer.

It keeps every request, and knows no way to change anything: what is no GET is recorded and refused.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "the-only-token"


class VaultDouble:
    """Use as a context manager. `data` maps paths to answers; a list of names answers `?list=true`."""

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        self.data = data or {}
        self.health: dict[str, Any] = {
            "initialized": True,
            "sealed": False,
            "standby": False,
            "version": "1.21.4",
        }
        self.denied: set[str] = set()
        self.limited: dict[str, int] = {}
        """how often a path still answers 429"""
        self.redirect = ""
        """where a standby sends every request"""
        self.hidden: set[str] = set()
        """paths that a proxy does not let through"""
        self.down = False
        self.requests: list[tuple[str, str]] = []
        self.tokens: list[str | None] = []
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for the client to confirm its head

            def do_GET(self) -> None:
                double._get(self)

            def _other(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or "{}")
                double.requests.append((self.command, self.path))
                if self.path.endswith("/login") and body == {"jwt": "an-id-token", "role": "audit"}:
                    double._answer(self, 200, {"auth": {"client_token": TOKEN}})
                else:
                    double._answer(self, 400, {"errors": [f"no match for {body.get('jwt')}"]})

            def log_message(self, *_: object) -> None:
                pass

        for method in ("POST", "PUT", "DELETE", "PATCH", "LIST"):
            setattr(Handler, f"do_{method}", Handler._other)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        path = unquote(parts.path).removeprefix("/v1/")
        self.requests.append(("GET", request.path))
        self.tokens.append(request.headers.get("X-Vault-Token"))
        if path in self.hidden:
            self._answer(request, 404, {"message": "nothing here"})
        elif self.down:
            self._answer(request, 503, {"errors": ["Vault is sealed"]})
        elif path == "sys/health":
            self._answer(request, 200, self.health)
        elif self.redirect:
            self._answer(request, 307, {}, Location=self.redirect + request.path)
        elif self.limited.get(path):
            self.limited[path] -= 1
            self._answer(request, 429, {"errors": ["request path is rate limited"]}, **{"Retry-After": "0"})
        elif request.headers.get("X-Vault-Token") != TOKEN or path in self.denied:
            self._answer(request, 403, {"errors": ["permission denied"]})
        else:
            self._found(request, path, is_list="list" in parse_qs(parts.query))

    def _found(self, request: BaseHTTPRequestHandler, path: str, *, is_list: bool) -> None:
        found = self.data.get(path)
        if is_list and isinstance(found, list):
            self._answer(request, 200, {"data": {"keys": found}})
        elif isinstance(found, dict) and not is_list:
            self._answer(request, 200, {"data": found})
        else:
            self._answer(request, 404, {"errors": []})

    @staticmethod
    def _answer(request: BaseHTTPRequestHandler, status: int, body: dict[str, Any], **headers: str) -> None:
        text = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text)
