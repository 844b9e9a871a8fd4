"""Answers that are none: what a proxy says in GitLab's place, and a file that ends in the middle."""

import http.server
import json
import threading
from contextlib import contextmanager

import pytest

from bot.errors import ForgeBusy, ForgeRefused, ForgeUnknown
from bot.gitlab.client import Client, ClientError


@pytest.fixture
def proxy():
    """Answers everything with a page, and files with half of what it announces."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"<html>Please log in</html>"
            self.send_response(200)
            announced = len(body) * (2 if self.path.split("?")[0].endswith("/raw") else 1)
            self.send_header("Content-Length", str(announced))
            self.send_header("RateLimit-Limit", "2000")
            self.send_header("RateLimit-Remaining", "100")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name is that of http.server

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Client(
            f"http://127.0.0.1:{server.server_address[1]}", "x", timeout_seconds=5, pauses_seconds=()
        )
        server.shutdown()


def test_a_page_instead_of_json_means_come_back_later(proxy):
    with pytest.raises(ForgeBusy, match="no JSON"):
        proxy.read("/user")
    with pytest.raises(ForgeBusy, match="no JSON"):
        list(proxy.pages("/projects"))


def test_a_page_in_answer_to_a_write_leaves_it_unknown(proxy):
    with pytest.raises(ForgeUnknown, match="no JSON"):
        proxy.write("post", "/projects/1/merge_requests/1/notes", body="x")


def test_half_a_file_is_never_taken_for_the_file(proxy):
    with pytest.raises(ForgeBusy):
        proxy.content("/projects/1/repository/files/a.yml/raw", 1 << 20)


def test_what_is_left_of_the_limit_is_known(proxy):
    assert proxy.left == 1.0
    proxy.response("/user")
    assert proxy.left == 0.05


@contextmanager
def answering(*answers):
    """Yield a client of a GitLab that gives these (status, message), the last for ever."""
    left = list(answers)

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, message = left.pop(0) if len(left) > 1 else left[0]
            body = json.dumps({"message": message}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name is that of http.server

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        yield Client(address, "x", timeout_seconds=5, pauses_seconds=(0, 0))
        server.shutdown()


LOCKED = (409, "409 Conflict: Resource lock")


def test_a_write_is_sent_again_where_another_request_held_the_lock():
    with answering(LOCKED, LOCKED, (201, "created")) as client:
        assert client.write("post", "/notes", body="x") == {"message": "created"}
        assert client.requests["post"] == 3


def test_a_lock_that_stays_sends_the_job_back_to_the_queue():
    with answering(LOCKED) as client, pytest.raises(ForgeBusy, match="Resource lock"):
        client.write("post", "/notes", body="x")


def test_another_conflict_is_not_tried_again():
    with answering((409, "409 Conflict: already exists")) as client:
        with pytest.raises(ClientError):
            client.write("post", "/notes", body="x")
        assert client.requests["post"] == 1


@pytest.mark.parametrize(
    "message",
    [
        "403 Forbidden - Your account has been blocked.",
        "403 Forbidden - Your account has been deactivated by your administrator.",
        "403 Forbidden - You (@sealcheck) must accept the Terms of Service in order to perform this action.",
    ],
)
def test_a_user_who_may_do_nothing_is_like_a_refused_token(message):
    with answering((403, message)) as client:
        with pytest.raises(ForgeRefused):
            client.read("/user")
        with pytest.raises(ForgeRefused):
            client.write("post", "/notes", body="x")


def test_a_missing_right_is_not_a_refused_token():
    with answering((403, "403 Forbidden")) as client, pytest.raises(ClientError):
        client.read("/projects/1/members")
