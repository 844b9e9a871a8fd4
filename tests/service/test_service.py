"""The real service: real gunicorn, real processes, real signals."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.service.conftest import ROOT, SECRET, Service, opened, until

REVIEW = "review/14/1/0"


def test_every_status_of_the_receiver(service: Service) -> None:
    service.start()
    assert service.deliver()[0] == 202
    assert REVIEW in service.queued()
    assert service.deliver(secret=None)[0] == 401
    assert service.deliver(secret="wrong")[0] == 401
    assert service.deliver(b"{")[0] == 400
    assert service.deliver(b"[1]")[0] == 400
    assert service.deliver(b"[" * 100_000)[0] == 400
    assert service.deliver({"event_name": "project_destroy", "project_id": 74})[0] == 200
    assert service.deliver({"object_kind": "something new"})[0] == 200
    assert service.deliver(opened(1, 1), key="d1") == (202, '{"result":"queued"}\n')
    assert service.deliver(opened(1, 2), key="d1") == (202, '{"result":"seen before"}\n')
    assert service.get("/readyz")[0] == 200
    assert service.get("/nothing")[0] == 404
    assert (
        'sealcheck_deliveries_total{event="unread",result="unauthorized"} 2.0' in service.get("/metrics")[1]
    )

    too_large = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    too_large.putrequest("POST", "/hooks/gitlab")
    too_large.putheader("X-Gitlab-Token", SECRET)
    too_large.putheader("Content-Length", str(25 * 1024 * 1024 + 1))
    too_large.endheaders()  # and not one byte of the body
    assert too_large.getresponse().status == 413
    too_large.close()

    chunked = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    chunk = b" " * (1 << 20)
    try:
        chunked.request(
            "POST",
            "/hooks/gitlab",
            (chunk for _ in range(26)),
            {"X-Gitlab-Token": SECRET, "Transfer-Encoding": "chunked"},
            encode_chunked=True,
        )
    except OSError:
        pass  # it may close before it has read what it does not want
    else:
        assert chunked.getresponse().status == 413
    chunked.close()

    assert service.deliver()[0] == 202
    assert service.stop() == 0
    assert SECRET not in service.log()


def test_503_while_the_queue_cannot_be_written_and_then_again_202(service: Service) -> None:
    import sqlite3

    service.start()
    assert service.deliver()[0] == 202
    thief = sqlite3.connect(service.folder / "queue.sqlite3", isolation_level=None)
    thief.execute("BEGIN IMMEDIATE")
    assert service.deliver(opened(1, 1), timeout=20)[0] == 503
    thief.execute("ROLLBACK")
    thief.close()
    assert service.deliver(opened(1, 1))[0] == 202
    assert service.stop() == 0


def test_kill_9_of_web_worker_and_all_loses_nothing(service: Service) -> None:
    service.start()
    sent: set[str] = set()
    iids = iter(range(1, 1000))

    def deliver() -> None:
        iid = next(iids)
        assert service.deliver(opened(7, iid), timeout=20)[0] == 202
        sent.add(f"review/7/{iid}/0")

    deliver()
    os.kill(service.child("web"), signal.SIGKILL)
    deliver()  # waits in the socket's backlog until web is there again
    deliver()
    os.kill(service.child("worker"), signal.SIGKILL)
    deliver()
    until(lambda: service.log().count('"started worker"') == 2)
    service.kill()
    assert sent <= service.queued()
    until(lambda: not _listens(service.port))
    service.start()
    deliver()
    assert sent <= service.queued()
    until(lambda: all(f'"{key}"' in service.log().rpartition("serving on")[2] for key in sent), 40)
    assert service.stop() == 0


def test_what_a_killed_service_left_in_the_temporary_folder_goes_with_the_next(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    service = Service(tmp_path, {"TMPDIR": str(temporary)}).start()
    for _ in range(2):
        service.kill()
        until(lambda: not _listens(service.port))
        service.start()
    assert len(list(temporary.glob("sealcheck-metrics-*"))) == 1
    assert service.stop() == 0
    assert list(temporary.glob("sealcheck-metrics-*")) == []


def test_sigterm_in_the_middle_of_everything_drains(service: Service) -> None:
    service.start()
    stop, statuses = threading.Event(), []

    def flood() -> None:
        iid = 0
        while not stop.is_set():
            iid += 1
            try:
                statuses.append((iid, service.deliver(opened(9, iid))[0]))
            except OSError:
                return

    thread = threading.Thread(target=flood)
    thread.start()
    until(lambda: len(statuses) > 20)
    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < 30
    stop.set()
    thread.join()
    assert {f"review/9/{iid}/0" for iid, status in statuses if status == 202} <= service.queued()


def test_a_child_that_keeps_dying_ends_the_service(service: Service) -> None:
    service.start()
    for number in range(1, 7):
        until(lambda each=number: service.log().count('"started worker"') == each, 30)
        os.kill(service.child("worker"), signal.SIGKILL)
    assert service.process is not None
    assert service.process.wait(20) == 1
    until(lambda: not _listens(service.port))


def another_serve(service: Service) -> subprocess.CompletedProcess[bytes]:
    """What becomes of one more `serve` on the same database."""
    return subprocess.run(
        [sys.executable, "-m", "bot", "serve", "--port", "0"],
        cwd=service.folder,
        env=service.env,
        capture_output=True,
        timeout=40,
        check=False,
    )


def test_a_second_service_on_the_same_file_is_refused(service: Service) -> None:
    service.start()
    until(lambda: '"component": "job"' in service.log() or "sweep/0/0/0" in service.log())
    other = another_serve(service)
    assert other.returncode == 3
    assert b"another service works on this file" in other.stderr
    assert service.deliver()[0] == 202


def test_a_database_of_a_newer_version_is_refused(service: Service, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "queue.sqlite3")) as database:
        database.execute("PRAGMA user_version = 1000")
    ended = another_serve(service)
    assert ended.returncode == 3
    assert b"made by a newer version of Sealcheck" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_wrong_settings_are_one_line_each_and_exit_2(tmp_path: Path) -> None:
    for command in (["serve"], ["web"]):
        ended = subprocess.run(
            [sys.executable, "-m", "bot", *command],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "GITLAB_URL": "ftp://x",
                "LOG_LEVEL": "LOUD",
            },
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == 2
        names = [line.split(":")[0] for line in ended.stderr.splitlines()]
        assert names == ["GITLAB_URL", "LOG_LEVEL", "GITLAB_TOKEN", "WEBHOOK_SECRET"]


def test_a_port_in_use_is_one_line(service: Service, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "serve", "--port", str(taken.getsockname()[1])],
            cwd=tmp_path,
            env=service.env,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert "cannot listen on 127.0.0.1" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("everybody", [True, False], ids=["group", "master"])
def test_web_alone_ends_with_0_and_without_a_complaint(service: Service, *, everybody: bool) -> None:
    """SIGTERM to gunicorn's master, as in a container, and to its worker too, as Ctrl-C in a terminal."""
    process = service.start("web", "--port", str(service.port)).process
    assert process is not None
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *(map(int, children) if everybody else ())):
        os.kill(pid, signal.SIGTERM)
    assert process.wait(20) == 0
    assert "internal error" not in service.log()


def test_the_procfile_starts_web_and_worker(service: Service) -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert sorted(lines) == ["web", "worker"]
    honcho = Path(sys.executable).parent / "honcho"
    service.environment["PORT"] = str(service.port)
    log = (service.folder / "log").open("ab")
    service.process = subprocess.Popen(
        [honcho, "-f", ROOT / "Procfile", "-d", ROOT, "start"],
        env={**service.env, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=log,
        stderr=log,
    )
    until(service.ready)
    assert service.deliver()[0] == 202
    until(lambda: REVIEW in service.log())
    service.stop()


def test_logs_are_json_and_name_the_delivery(service: Service) -> None:
    service.start()
    service.deliver(key="delivery-7")
    until(lambda: "delivery-7" in service.log())
    entries = [json.loads(line) for line in service.log().splitlines()]
    (queued,) = (each for each in entries if each.get("delivery") == "delivery-7")
    assert (queued["message"], queued["project_id"], queued["iid"]) == ("queued", 14, 1)
    assert queued["head"] == "da1560886d4f094c3e6c9ef40349f7d38b5d27d7"


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_slow_senders_hold_no_thread_for_long(service: Service) -> None:
    service.start()
    slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(12)]
    for number, each in enumerate(slow):
        each.sendall(b"POST /hooks/gitlab HTTP/1.1\r\nHost: x\r\n")
        if number % 2:  # half of them stop in the body instead of in the headers
            each.sendall(f"X-Gitlab-Token: {SECRET}\r\nContent-Length: 100\r\n\r\n{{".encode())
    time.sleep(0.3)
    began = time.monotonic()
    assert service.deliver(timeout=30)[0] == 202
    assert time.monotonic() - began < 14
    for each in slow:
        each.close()
