"""How long a delivery waits for its answer.

Durably queued, beside an empty Flask handler under the same gunicorn.

    .venv/bin/python bench/acknowledge.py [--rate 100] [--seconds 30] [--database URL] [--merge-requests 500]

Both servers run at once and get the same open-loop load by turns of one second, so that what else the machine
does meets both. Latency counts from when a request was due, not from when it was sent.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAYLOAD = json.loads((ROOT / "tests/payloads/merge_request_push.json").read_text())
SECRET = "a-hook-secret"
EMPTY = """
import sys
from flask import Flask, jsonify, request
from gunicorn.app.base import BaseApplication
from bot.service import _gunicorn_settings
from bot.settings import load
flask = Flask("empty")
@flask.post("/hooks/gitlab")
def hook():
    request.get_data()
    return jsonify(result="empty"), 202
class Web(BaseApplication):
    def load_config(self):
        for name, value in _gunicorn_settings(load(), "127.0.0.1:" + sys.argv[1]).items():
            self.cfg.set(name, value)
        self.cfg.set("loglevel", "error")
    def load(self):
        return flask
Web().run()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def load(ports: dict[str, int], rate: int, seconds: int, merge_requests: int) -> dict[str, list[float]]:
    """Seconds from due to answered, by server; turns of one second each."""
    found: dict[str, list[float]] = {name: [] for name in ports}
    wanted: queue.Queue[tuple[str, float, bytes] | None] = queue.Queue()

    def client() -> None:
        connections = {
            name: http.client.HTTPConnection("127.0.0.1", port, timeout=30) for name, port in ports.items()
        }
        while (each := wanted.get()) is not None:
            name, due, body = each
            headers = {
                "X-Gitlab-Token": SECRET,
                "Idempotency-Key": f"d-{time.monotonic_ns()}-{threading.get_ident()}",
            }
            connections[name].request("POST", "/hooks/gitlab", body, headers)
            answer = connections[name].getresponse()
            answer.read()
            assert answer.status == 202, answer.status
            found[name].append(time.perf_counter() - due)

    threads = [threading.Thread(target=client) for _ in range(16)]
    for thread in threads:
        thread.start()
    names, number, began = list(ports), 0, time.perf_counter()
    for turn in range(seconds * len(names)):
        for step in range(rate):
            due = began + turn + step / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            number += 1
            attributes = {**PAYLOAD["object_attributes"], "iid": number % merge_requests + 1}
            wanted.put(
                (
                    names[turn % len(names)],
                    due,
                    json.dumps({**PAYLOAD, "object_attributes": attributes}).encode(),
                )
            )
    for _ in threads:
        wanted.put(None)
    for thread in threads:
        thread.join()
    return found


def family(pid: int) -> list[int]:
    """The process and all below it."""
    table: dict[int, int] = {}
    for each in Path("/proc").glob("[0-9]*"):
        try:
            table[int(each.name)] = int((each / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, grown = {pid}, True
    while grown:
        below = {child for child, parent in table.items() if parent in found} - found
        found |= below
        grown = bool(below)
    return sorted(found)


def memory(pid: int) -> dict[str, float]:
    """MiB by process below `pid`: its proportional set size (shared pages counted once)."""
    found: dict[str, float] = {}
    for each in family(pid):
        words = Path(f"/proc/{each}/cmdline").read_text().split("\0")
        name = next((word for word in words if word in {"serve", "web", "worker"}), "job server")
        name = "resource tracker" if any("resource_tracker" in word for word in words) else name
        rollup = dict(
            line.split()[:2] for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()[1:]
        )
        found[f"{name} ({each})"] = int(rollup["Pss:"]) / 1024
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--merge-requests", type=int, default=500)
    parser.add_argument("--database", default="")
    parser.add_argument(
        "--with-worker", action="store_true", help="serve, and not web alone: jobs run meanwhile"
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sealcheck-bench-", dir=os.environ.get("BENCH_FOLDER")))
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "GITLAB_TOKEN": "the-bots-token",
        "GITLAB_URL": "http://127.0.0.1:9",
        "WEBHOOK_SECRET": SECRET,
        "DATABASE_URL": options.database or f"sqlite:///{folder}/queue.sqlite3",
        "LOG_LEVEL": "INFO",
    }
    ports = {"sealcheck": free_port(), "empty": free_port()}
    command = "serve" if options.with_worker else "web"
    with (folder / "log").open("wb") as log:
        ours = subprocess.Popen(
            [sys.executable, "-m", "bot", command, "--port", str(ports["sealcheck"])],
            env=environment,
            cwd=folder,
            stderr=log,
        )
        empty = subprocess.Popen(
            [sys.executable, "-c", EMPTY, str(ports["empty"])], env=environment, cwd=folder, stderr=log
        )
        try:
            for port in ports.values():
                wait_for(port)
            load(ports, options.rate, 1, options.merge_requests)  # warm
            found = load(ports, options.rate, options.seconds, options.merge_requests)
            sizes = memory(ours.pid)
        finally:
            for process in (ours, empty):
                process.send_signal(signal.SIGTERM)
                process.wait(40)
    figures: dict[str, list[float]] = {}
    for name, values in found.items():
        cuts = statistics.quantiles(values, n=100)
        figures[name] = [statistics.median(values), cuts[98], max(values)]
        shown = "  ".join(
            f"{label} {value * 1000:6.2f} ms"
            for label, value in zip(("p50", "p99", "worst"), figures[name], strict=True)
        )
        print(f"{name:10} {len(values):6} deliveries at {options.rate}/s: {shown}")
    p50, p99 = (figures["sealcheck"][each] / figures["empty"][each] for each in (0, 1))
    print(f"ratio: p50 {p50:.2f} (goal 2.5), p99 {p99:.2f} (goal 2)")
    for name, size in sizes.items():
        print(f"memory: {name:24} {size:6.1f} MiB (proportional)")


if __name__ == "__main__":
    main()
