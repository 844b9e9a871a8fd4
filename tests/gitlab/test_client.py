"""Answers that are none: what a proxy says in GitLab's place, and a file that ends in the middle."""

import http.server
import threading

import pytest

from bot.errors import ForgeBusy, ForgeUnknown
from bot.gitlab.client import Client


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
