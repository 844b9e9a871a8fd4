"""What each answer of GitLab's means, to a read and to a write: the rows of docs/operations.md."""

import http.server
import threading
import time
from contextlib import contextmanager

import pytest

from bot.errors import (
    ForgeBusy,
    ForgeForbidden,
    ForgeLimited,
    ForgeMissing,
    ForgeRefused,
    ForgeUnknown,
)
from bot.gitlab.client import Client, ClientError
from bot.gitlab.forge import GitLabForge
from bot.jobs.isolation import run
from bot.jobs.lease import Lease
from bot.jobs.port import REVIEW, Done, Failed, Key, Later, Refused

JSON = "application/json"


@contextmanager
def gitlab(*answers, timeout_seconds=5.0):
    """Yield a client of a GitLab that gives these (status, headers, body), the last for ever.

    A body that is a function gets the connection's file and writes for itself.
    """
    left = list(answers)

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, value in {"Content-Type": JSON, **headers}.items():
                self.send_header(name, value)
            if callable(body):
                self.end_headers()
                body(self.wfile)
                self.close_connection = True
                return
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names are those of http.server

        def log_message(self, *_):
            pass

        def handle_one_request(self):
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        yield Client(address, "x", timeout_seconds=timeout_seconds, pauses_seconds=(0.0, 0.0))
        server.shutdown()


def says(status, message="no", **headers):
    return (
        status,
        {name.replace("_", "-"): value for name, value in headers.items()},
        f'{{"message": "{message}"}}',
    )


def read(client):
    return GitLabForge(client, max_file_bytes=1 << 20, bot_id=1).changes(1, 1)


def write(client):
    return client.write("post", "/projects/1/merge_requests/1/notes", body="x")


def outcome(client):
    """What the queue makes of a job that reads."""
    key = Key(REVIEW, 1, 1)
    return run(lambda _hold: lambda _key: read(client), key, Lease().hold(key))


@pytest.mark.parametrize("status", [400, 412, 413, 422])
def test_what_gitlab_does_not_take_is_not_done_and_not_sent_again(status):
    with gitlab(says(status)) as client:
        with pytest.raises(ClientError) as refused:
            write(client)
        assert refused.value.status == status
        assert client.requests["post"] == 1


def test_401_waits_for_an_operator():
    with gitlab(says(401)) as client:
        with pytest.raises(ForgeRefused):
            write(client)
        assert isinstance(outcome(client), Refused)


def test_403_of_a_role_concerns_that_project_alone():
    with gitlab(says(403, "403 Forbidden")) as client:
        with pytest.raises(ForgeForbidden):
            read(client)
        assert isinstance(outcome(client), Failed)


def test_403_of_a_scope_waits_for_an_operator():
    body = '{"error": "insufficient_scope", "error_description": "The request requires higher privileges"}'
    with gitlab((403, {}, body)) as client, pytest.raises(ForgeRefused, match="needs the scope"):
        read(client)


def test_403_of_a_fine_grained_token_concerns_that_project_alone():
    body = '{"error": "insufficient_granular_scope", "error_description": "requires [Merge Request: Read]"}'
    with (
        gitlab((403, {}, body)) as client,
        pytest.raises(ForgeForbidden, match="lacks a permission in the project"),
    ):
        read(client)


@pytest.mark.parametrize(
    "why",
    [
        "Your account has been blocked.",
        "Your account has been deactivated by your administrator. Please log back in from a web browser",
        "Your account is pending approval from your administrator and hence blocked.",
        "You (@sealcheck) must accept the Terms of Service in order to perform this action.",
        "Your primary email address is not confirmed. Please check your inbox for the confirmation instructions.",
        "Your password expired. Please access GitLab from a web browser to update your password.",
        "This action cannot be performed by internal users",
    ],
)
def test_403_of_a_user_who_may_do_nothing_waits_for_an_operator(why):
    with gitlab(says(403, f"403 Forbidden - {why}")) as client:
        found = outcome(client)
        assert isinstance(found, Refused)
        assert why.split(".")[0] in found.reason


def test_404_means_that_there_is_nothing_to_review():
    with gitlab(says(404)) as client:
        with pytest.raises(ForgeMissing):
            read(client)
        assert isinstance(outcome(client), Done)


def test_409_of_a_lock_is_sent_again():
    locked = says(409, "409 Conflict: Resource lock")
    with gitlab(locked, locked, says(201)) as client:
        assert write(client) == {"message": "no"}
    with gitlab(locked) as client, pytest.raises(ForgeBusy):
        write(client)


def test_another_409_is_not_sent_again():
    with gitlab(says(409, "409 Conflict: already exists")) as client:
        with pytest.raises(ClientError):
            write(client)
        assert client.requests["post"] == 1


def test_429_with_a_pause_pauses_all_for_that_long():
    with gitlab(says(429, Retry_After="17")) as client:
        with pytest.raises(ForgeLimited):
            write(client)
        assert outcome(client) == Later(17.0, everywhere=True)


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "soon"}])
def test_429_without_a_pause_pauses_all_for_a_minute(headers):
    with gitlab(says(429, **headers)) as client:
        assert outcome(client) == Later(60.0, everywhere=True)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_is_read_again_and_then_later(status):
    with gitlab(says(status)) as client:
        assert outcome(client) == Later(60.0)
        assert client.requests["get"] == 3
    with gitlab(says(status), (200, {}, "[]"), (200, {}, "{}")) as client, pytest.raises(KeyError):
        read(client)  # the changes are read, an empty merge request is none


@pytest.mark.parametrize(("status", "over"), [(500, True), (502, False), (503, False), (504, False)])
def test_5xx_to_a_write_leaves_it_unknown_and_only_500_is_surely_over(status, over):
    with gitlab(says(status)) as client:
        with pytest.raises(ForgeUnknown) as unknown:
            write(client)
        assert unknown.value.over is over
        assert client.requests["post"] == 1


def test_what_no_connection_came_about_for_was_never_sent():
    nobody = Client("http://127.0.0.1:9", "x", timeout_seconds=1)
    with pytest.raises(ForgeUnknown) as unknown:
        write(nobody)
    assert unknown.value.over


def test_a_page_of_html_is_none_of_gitlabs_words():
    page = (200, {"Content-Type": "text/html"}, "<html>Please log in</html>")
    with gitlab(page) as client:
        assert outcome(client) == Later(60.0)
        with pytest.raises(ForgeUnknown):
            write(client)


def test_an_answer_that_is_cut_is_none():
    def half(file):
        file.write(b'[{"old_path": "a"')

    with gitlab((200, {"Content-Length": "1000"}, half)) as client:
        assert outcome(client) == Later(60.0)
        with pytest.raises(ForgeUnknown):
            write(client)
    with gitlab((200, {"Content-Length": "1000"}, half)) as client, pytest.raises(ForgeBusy):
        client.content("/projects/1/repository/files/a/raw", 1 << 20)


def test_an_answer_that_drips_is_ended():
    """A byte every 50 ms for as long as somebody listens, each well within the read time-out of 200 ms."""

    def drip(file):
        while True:
            file.write(b" ")
            file.flush()
            time.sleep(0.05)

    for headers in ({}, {"Content-Length": "100000"}):
        with gitlab((200, headers, drip), timeout_seconds=0.2) as client:
            began = time.monotonic()
            with pytest.raises(ForgeUnknown):
                write(client)
            with pytest.raises(ForgeBusy):
                client.content("/projects/1/repository/files/a/raw", 1 << 20)
            assert time.monotonic() - began < 5


def test_headers_that_drip_are_ended_too():
    def answer(file):
        raise OSError

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(200):
                self.wfile.write(f"X-{number}: y\r\n".encode())
                time.sleep(0.05)

        def log_message(self, *_):
            pass

        def handle_one_request(self):
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        client = Client(address, "x", timeout_seconds=0.2, pauses_seconds=())
        began = time.monotonic()
        with pytest.raises(ForgeBusy):
            client.read("/version")
        assert time.monotonic() - began < 2
        server.shutdown()


def test_a_connection_that_stays_open_is_used_again_and_not_ended_later():
    with gitlab((200, {}, "{}"), timeout_seconds=0.1) as client:
        client.read("/version")
        time.sleep(0.2)
        assert client.read("/version") == {}
