"""A defect in the review of a file full of canaries: the report arrives, and no canary with it, nor in logs and queue."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "planted-canary-4711"
FILE = LEAKY + "".join(f"# {CANARY}-{number}\n" for number in range(50)) + f"variables: {{PLAIN: {CANARY}}}\n"


class Receiver(ThreadingHTTPServer):
    """Takes envelopes as Sentry does, and keeps them."""

    def __init__(self) -> None:
        self.envelopes: list[str] = []
        receiver = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.envelopes.append(body.decode())
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Take)

    def events(self) -> list[dict[str, object]]:
        items = [
            line for envelope in self.envelopes for line in envelope.splitlines() if '"exception"' in line
        ]
        return [json.loads(item) for item in items]


@pytest.fixture
def sentry() -> Iterator[Receiver]:
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        yield receiver
        receiver.shutdown()


@pytest.mark.parametrize("place", ["rule", "reader"])
def test_a_defect_is_reported_without_a_word_of_the_file(tmp_path: Path, sentry: Receiver, place: str):
    with GitLabDouble() as double:
        project = a_project(double)
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": FILE})
        service = Service(
            tmp_path,
            {
                "GITLAB_URL": double.url,
                "GITLAB_TOKEN": double.BOT_TOKEN,
                "SENTRY_DSN": f"http://key@127.0.0.1:{sentry.server_port}/1",
                "SENTRY_ENVIRONMENT": "staging",
                "LOG_LEVEL": "DEBUG",
            },
        )
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.service.broken",
                place,
                str(project.id),
                str(merge_request.iid),
            ],
            cwd=tmp_path,
            env=service.env,
            capture_output=True,
            text=True,
            check=True,
        )
    (event,) = sentry.events()
    assert event["environment"] == "staging"
    assert str(event["release"]).startswith("sealcheck@")
    assert [each["type"] for each in event["exception"]["values"]] == ["KeyError", "ValueError"]  # type: ignore[index]
    assert "broken.py" in json.dumps(event)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("queue*"))
    assert ran.stdout.startswith("Done" if place == "rule" else "Failed(reason='ValueError')")
    for where in ("".join(sentry.envelopes), ran.stderr, ran.stdout, stored.decode("latin-1")):
        assert CANARY not in where


def test_a_busy_or_refusing_gitlab_and_a_broken_file_are_no_errors(tmp_path: Path, sentry: Receiver):
    with GitLabDouble() as double:
        project = a_project(double)
        merge_request = double.open_merge_request(project, {".gitlab-ci.yml": "a: [\n"})
        for token in (double.BOT_TOKEN, "a-wrong-token"):
            service = Service(
                tmp_path,
                {
                    "GITLAB_URL": double.url,
                    "GITLAB_TOKEN": token,
                    "SENTRY_DSN": f"http://key@127.0.0.1:{sentry.server_port}/1",
                },
            )
            ran = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "tests.service.broken",
                    "nowhere",
                    str(project.id),
                    str(merge_request.iid),
                ],
                cwd=tmp_path,
                env=service.env,
                capture_output=True,
                text=True,
                check=True,
            )
            assert ran.stdout.startswith("Done" if token == double.BOT_TOKEN else "Refused")
    assert not sentry.events()
