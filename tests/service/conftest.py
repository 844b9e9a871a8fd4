"""The real program as a process: `sealcheck serve` on a free port, with a queue file in a temporary folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
SECRET = "a-hook-secret"
OPENED = json.loads((ROOT / "tests/payloads/merge_request_open_system_hook.json").read_text())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not come to that in time"
        time.sleep(0.02)


@dataclass
class Service:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        return {
            **inherited,
            "PYTHONPATH": str(ROOT),
            "GITLAB_URL": "http://127.0.0.1:9",  # the discard port: nothing answers
            "GITLAB_TOKEN": "the-bots-token",
            "WEBHOOK_SECRET": SECRET,
            "DATABASE_URL": f"sqlite:///{self.folder}/queue.sqlite3",
            "SEALCHECK_GITLAB_LONGEST_SECONDS": "20",  # a kill right before a write is waited for so long
            **self.environment,
        }

    def start(self, *command: str) -> Service:
        arguments = command or ("serve", "--port", str(self.port))
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments], cwd=self.folder, env=self.env, stderr=log, stdout=log
        )
        until(self.ready)
        return self

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def get(self, path: str) -> tuple[int, str]:
        return ask(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}"))

    def deliver(
        self,
        payload: object = OPENED,
        secret: str | None = SECRET,
        key: str | None = None,
        timeout: float = 10,
    ) -> tuple[int, str]:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Content-Type": "application/json", "X-Gitlab-Event": "System Hook"}
        if secret is not None:
            headers["X-Gitlab-Token"] = secret
        if key is not None:
            headers["Idempotency-Key"] = key
        return ask(
            urllib.request.Request(f"http://127.0.0.1:{self.port}/hooks/gitlab", body, headers), timeout
        )

    def queued(self) -> set[str]:
        """The jobs in the file, anyone who has it open."""
        with sqlite3.connect(self.folder / "queue.sqlite3", timeout=5) as database:
            return {key for (key,) in database.execute("SELECT key FROM jobs")}

    def child(self, name: str) -> int:
        """The process id of the last started web or worker."""
        started = [json.loads(line) for line in self.log().splitlines() if f'"started {name}"' in line]
        return int(started[-1]["pid"])

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


def ask(request: urllib.request.Request, timeout: float = 10) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    found = Service(tmp_path)
    yield found
    if found.process is not None and found.process.poll() is None:
        found.stop()


def opened(project_id: int, iid: int) -> dict[str, object]:
    return {
        **OPENED,
        "object_attributes": {**OPENED["object_attributes"], "target_project_id": project_id, "iid": iid},
    }
