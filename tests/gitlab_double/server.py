"""HTTP in front of the world: authentication, faults, the request log, strictness."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
import traceback
import urllib.parse
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import tests.gitlab_double.routes_discussions
import tests.gitlab_double.routes_hooks
import tests.gitlab_double.routes_merge_requests
import tests.gitlab_double.routes_projects
import tests.gitlab_double.routes_repository
import tests.gitlab_double.routes_statuses  # noqa: F401 - all of them declare routes
from tests.gitlab_double import faults, oauth, routing
from tests.gitlab_double.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gitlab_double.hooks import Deliverer
    from tests.gitlab_double.model import Token
    from tests.gitlab_double.world import World

PREFIX = "/api/v4"


@dataclass(frozen=True)
class Request:
    """One line of the log. `status` 0: no answer was sent."""

    number: int
    method: str
    route: str
    """as declared, e.g. /projects/:project/merge_requests/:iid"""
    path: str
    query: dict[str, Any]
    status: int
    user: str

    @property
    def write(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def line(self) -> str:
        return f"{self.method} {self.route}"


class Log:
    """What was asked, in order. `clear()` starts the counting anew."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._number = 0
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Request]:
        return iter(list(self.requests))

    @property
    def reads(self) -> list[Request]:
        return [each for each in self.requests if not each.write]

    @property
    def writes(self) -> list[Request]:
        return [each for each in self.requests if each.write]

    def count(self, line: str) -> int:
        """How often "METHOD /route" was asked."""
        return sum(each.line == line for each in self.requests)

    def table(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.requests:
            found[each.line] = found.get(each.line, 0) + 1
        return found

    def clear(self) -> None:
        self.requests.clear()
        self._number = 0

    def next_number(self) -> int:
        with self._lock:
            self._number += 1
            return self._number


class Application:
    """Answers requests. `refused` contains what the stand-in does not know: a test that leaves it filled is wrong."""

    def __init__(self, world: World, deliverer: Deliverer) -> None:
        self.world, self.deliverer = world, deliverer
        self.faults = faults.Faults()
        self.log = Log()
        self.refused: list[str] = []
        self.oauth = oauth.OAuth(world)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> routing.Answer | None:
        """The answer, or None where the connection is to be reset."""
        split = urllib.parse.urlsplit(target)
        number = self.log.next_number()
        if self.faults.before_request and self.faults.before_request(number, method, split.path) is False:
            return None
        route, line, user = None, split.path, ""
        query = _query(split.query)
        answer: routing.Answer | None = None
        try:
            if oauth.PATHS.get(split.path) == method:
                answer = self._sign_in(split.path, query, headers, body)
                return answer
            route, named = self._route(method, split.path)
            line = route.template
            token = self._authenticate(headers)
            user = token.user.username if token else ""
            fault = self.faults.take(number, f"{method} {line}")
            if fault and not self._before(fault):
                return None
            given = self._given(method, split.path, headers, query, body)
            answer = self._carry_out(route, named, split.path, token, given)
            if fault and fault.after and not self._instead(fault):
                answer = None
        except Refused as refused:
            answer = routing.Answer(refused.body, refused.status, refused.headers)
        finally:
            status = answer.status if answer else 0
            self.log.requests.append(Request(number, method, line, split.path, query, status, user))
        if self.faults.after_request:
            self.faults.after_request(number, method, split.path)
        self._rate_headers(answer)
        return answer

    def _sign_in(self, path: str, query: dict[str, Any], headers: Any, body: bytes) -> routing.Answer:
        basic = (headers.get("Authorization") or "").startswith("Basic ")
        try:
            return self.oauth.answer(
                path, query, headers, body, None if basic else self._authenticate(headers)
            )
        except Refused as refused:
            if "unknown to the stand-in" in str(refused.body):
                self.refused.append(f"{path}: {refused.body['error']}")
            raise

    def _route(self, method: str, path: str) -> tuple[routing.Route, dict[str, str]]:
        try:
            if not path.startswith(PREFIX + "/"):
                raise Refused(404, {"error": "404 Not Found"})  # noqa: TRY301 - both ways end in the same record
            return routing.find(method, path.removeprefix(PREFIX))
        except Refused:
            self.refused.append(f"{method} {path}: no such route")
            raise

    def _given(
        self, method: str, path: str, headers: Any, query: dict[str, Any], body: bytes
    ) -> dict[str, Any]:
        given = dict(query)
        if body:
            kind = (headers.get("Content-Type") or "").split(";")[0]
            if kind == "application/json":
                try:
                    sent = json.loads(body)
                except ValueError:
                    raise Refused(400, {"error": "Problems parsing JSON"}) from None
                if not isinstance(sent, dict):
                    raise Refused(400, {"error": "Problems parsing JSON"})
                given |= sent
            elif kind == "application/x-www-form-urlencoded":
                given |= _query(body.decode())
            else:
                self.refused.append(f"{method} {path}: content type {kind}")
                raise Refused(415, {"error": "The provided content-type is not supported."})
        return given

    def _authenticate(self, headers: Any) -> Token | None:
        value = (
            headers.get("PRIVATE-TOKEN")
            or (headers.get("Authorization") or "").removeprefix("Bearer ").strip()
        )
        if not value:
            return None
        token = self.world.tokens.get(value)
        if token is None:
            raise Refused(401, {"message": "401 Unauthorized"})
        if token.revoked or token.expired:
            why = (
                "Token was revoked. You have to re-authorize from the user."
                if token.revoked
                else "Token is expired. You can either do re-authorization or token refresh."
            )
            raise Refused(401, {"error": "invalid_token", "error_description": why})
        return token

    def _carry_out(
        self,
        route: routing.Route,
        named: dict[str, str],
        path: str,
        token: Token | None,
        given: dict[str, Any],
    ) -> routing.Answer:
        if token is None and not route.anonymous:
            raise Refused(401, {"message": "401 Unauthorized"})
        if token and "api" not in token.scopes and (route.method != "GET" or "read_api" not in token.scopes):
            why = "The request requires higher privileges than provided by the access token."
            raise Refused(403, {"error": "insufficient_scope", "error_description": why, "scope": "api"})
        if token and token.user.unusable:
            raise Refused(403, {"message": f"403 Forbidden - {token.user.unusable}"})
        try:
            params = route.read(given)
        except Refused as refused:
            if "unknown to the stand-in" in str(refused.body):
                self.refused.append(f"{route.method} {path}: {refused.body['error']}")
            raise
        with self.world.lock:
            call = routing.Call(
                self.world,
                self.deliverer,
                token.user if token else None,
                token.id if token else 0,
                path,
                named,
                params,
            )
            found = route.handler(call)
        return (
            found
            if isinstance(found, routing.Answer)
            else routing.Answer(found, 201 if route.method == "POST" else 200)
        )

    def _before(self, fault: faults.Fault) -> bool:
        """False where nothing may happen at all."""
        if fault.kind == "slow":
            self.faults.closing.wait(fault.seconds)
        if fault.after or fault.kind == "slow":
            return True
        return self._instead(fault)

    def _instead(self, fault: faults.Fault) -> bool:
        if fault.kind == "answer":
            raise faults.refusal(fault)
        if fault.kind == "hang":
            self.faults.closing.wait(fault.seconds)
        return fault.kind == "slow"

    def _rate_headers(self, answer: routing.Answer | None) -> None:
        limit = self.world.limits.requests_per_minute
        if answer is None or limit is None:
            return
        minute = [each for each in self.log.requests if each.number > 0][-limit:]
        answer.headers |= {
            "RateLimit-Limit": str(limit),
            "RateLimit-Observed": str(len(minute)),
            "RateLimit-Remaining": str(max(0, limit - len(minute))),
            "RateLimit-Reset": str(int(time.time()) + 60),
        }


_NESTED = re.compile(r"^(\w+)\[(\w*)\]$")


def _query(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        nested = _NESTED.match(key)
        if nested and nested[2]:
            found.setdefault(nested[1], {})[nested[2]] = value
        elif nested:
            found.setdefault(nested[1], []).append(value)
        else:
            found[key] = value
    return found


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, application: Application, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Handler)
        self.application = application

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away (kill -9 in the tests) is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        try:
            answer = self.server.application.answer(self.command, self.path, self.headers, body)
        except Exception:  # noqa: BLE001 - a mistake in the stand-in must reach the test, not end a thread
            self.server.application.refused.append(f"{self.command} {self.path}:\n{traceback.format_exc()}")
            answer = routing.Answer({"message": "500 Internal Server Error"}, 500)
        if answer is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: routing.Answer) -> None:
        body = answer.encoded()
        self.send_response(answer.status)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-Id", f"double-{id(answer):x}")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Silent: the log of requests is kept in the application."""
