"""What a stranger, or a hostile payload, may try at the door: each against the real server."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from bot.webhook.signature import sign
from tests.service.conftest import OPENED, SECRET, Service, until

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNING_TOKEN = "whsec_" + base64.b64encode(b"k" * 32).decode()
SMUGGLED = (
    f"POST /hooks/gitlab HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {SECRET}\r\nContent-Length: 2\r\n\r\n{{}}"
)


def speak(service: Service, text: str, seconds: float = 5) -> str:
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=seconds) as line:
        line.sendall(text.encode("latin-1"))
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65536):
            answer += part
    return answer.decode("latin-1")


def test_no_request_hides_in_another(service: Service):
    service.start()
    for headers in (
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 400\r\n",
        "Content-Length: +4\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length: 4\r\n Folded: x\r\n",
    ):
        head = f"POST /hooks/gitlab HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {SECRET}\r\n{headers}\r\n"
        answer = speak(service, head + "0\r\n\r\n" + SMUGGLED)
        assert answer.count("HTTP/1.1 ") == 1, headers
        assert answer.split(" ")[1] in {"400", "501"}, headers
    assert "sealcheck_deliveries_total{" not in service.get("/metrics")[1]  # none of them came as far


def test_too_many_and_too_long_headers_are_refused(service: Service):
    service.start()
    head = f"POST /hooks/gitlab HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {SECRET}\r\nContent-Length: 2\r\n"
    many = "".join(f"X-{number}: 1\r\n" for number in range(200))
    for filler in (many, f"X-Long: {'a' * 20_000}\r\n"):
        assert speak(service, f"{head}{filler}\r\n{{}}").split("\r\n", 1)[0].split(" ")[1][0] == "4"
    assert speak(service, f"GET /{'a' * 10_000} HTTP/1.1\r\nHost: x\r\n\r\n").split(" ")[1][0] == "4"


def test_a_body_is_never_decompressed(service: Service):
    import urllib.request

    from tests.service.conftest import ask

    service.start()
    bomb = gzip.compress(b"[" + b"0," * 5_000_000 + b"0]")
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}/hooks/gitlab",
        bomb,
        {"X-Gitlab-Token": SECRET, "Content-Encoding": "gzip", "Content-Type": "application/json"},
    )
    assert ask(request)[0] == 400


def test_a_header_is_a_header_and_not_a_variable_of_the_same_name(service: Service):
    """`X_Gitlab_Token` and `X-Gitlab-Token` are one name in CGI: a proxy that strips the one lets the other pass."""
    service.start()
    head = (
        f"POST /hooks/gitlab HTTP/1.1\r\nHost: x\r\nX_Gitlab_Token: {SECRET}\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    assert speak(service, head).split(" ")[1] in {"400", "401"}


def test_a_delivery_that_is_played_again_does_nothing(service: Service):
    service.environment |= {"WEBHOOK_SIGNING_TOKEN": SIGNING_TOKEN}
    service.start()
    body = json.dumps(OPENED).encode()

    def play(name: str, at: int, payload: bytes = body) -> str:
        signature = sign(SIGNING_TOKEN, name, str(at), body)
        head = (
            f"POST /hooks/gitlab HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {SECRET}\r\nwebhook-id: {name}\r\n"
            f"webhook-timestamp: {at}\r\nwebhook-signature: {signature}\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        return speak(service, head + payload.decode("latin-1"))

    now = int(time.time())
    assert " 202 " in play("first", now)
    assert "seen before" in play("first", now)
    assert " 401 " in play("old", now - 400)
    assert " 401 " in play("early", now + 400)
    assert " 401 " in play("changed", now, body.replace(b'"iid"', b'"IID"'))


@pytest.fixture
def stranger() -> Iterator[ThreadingHTTPServer]:
    """A host that must never hear of us."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.heard.append(self.path)  # type: ignore[attr-defined]
            self.send_response(200)
            self.end_headers()

        do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.heard = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def elsewhere(value: object, url: str) -> object:
    """The payload with every URL in it, and every field that could be one, leading elsewhere."""
    if isinstance(value, dict):
        return {key: elsewhere(each, url) for key, each in value.items()} | {
            "url": url,
            "web_url": url,
            "git_http_url": url,
            "api_url": url,
        }
    if isinstance(value, list):
        return [elsewhere(each, url) for each in value]
    return url if isinstance(value, str) and "://" in value else value


def test_no_field_of_a_payload_sends_the_bot_or_its_token_elsewhere(
    service: Service, stranger: ThreadingHTTPServer
):
    service.start()
    url = f"http://127.0.0.1:{stranger.server_port}"
    payload = elsewhere(OPENED, url)
    assert isinstance(payload, dict)
    assert service.deliver(payload)[0] == 202
    assert "review/14/1/0" in service.queued()
    until(lambda: '"logger": "bot.jobs.job_log"' in service.log())  # the review was tried, at the one GitLab
    assert stranger.heard == []  # type: ignore[attr-defined]
    assert str(stranger.server_port) not in service.log()


def test_no_name_forges_a_line_of_the_log(service: Service):
    service.start()
    forged = 'x"}\n{"level": "critical", "message": "forged"}\r\n\x1b[2J\u2028'
    payload = {**OPENED, "object_attributes": {**OPENED["object_attributes"], "title": forged}}
    payload["object_attributes"]["last_commit"] = {"id": forged}
    payload["object_attributes"]["action"] = forged
    assert service.deliver(payload)[0] < 300
    service.deliver({"object_kind": forged})
    service.deliver(forged.encode())
    service.deliver(payload, key="bad key \x7f")
    service.get("/" + "%0a%7b%22level%22:%22critical%22%7d")
    assert service.stop() == 0
    for line in service.log().split("\n"):
        if line:
            assert json.loads(line)["level"] in {"info", "warning", "error"}
            assert line.isprintable()
