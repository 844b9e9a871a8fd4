"""A flood of deliveries drained by 1, 2 and 4 workers: how long it takes, how many reviews run, whether all are there.

    PYTHONPATH=. .venv/bin/python bench/load.py [--deliveries 10000] [--merge-requests 500]

Each round: a stand-in for GitLab with merge requests that nobody has reviewed, the real web server, the flood; then the
real workers, until the queue is empty. SQLite has one worker with so many slots, PostgreSQL so many workers with one.
Beside each stands the bare queue in the same run: the same number of jobs that do nothing. What limits the reviews here
is the stand-in, which answers all of them from one Python process on the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from app import open_jobs
from bot.jobs.port import Done, Key
from bot.settings import load
from tests.databases import start_postgres
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import OPENED, SECRET, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gitlab_double.model import MergeRequest

CLIENTS = 8
PROJECTS = 10
PATIENCE_SECONDS = 1800


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/queue.sqlite3"
    else:
        with contextlib.contextmanager(start_postgres)() as url:
            yield url


def flood(service: Service, opened: list[MergeRequest], deliveries: range) -> list[float]:
    """Seconds that each answer took."""
    local = threading.local()

    def deliver(number: int) -> float:
        if not hasattr(local, "line"):
            local.line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        attributes = {
            **OPENED["object_attributes"],
            "target_project_id": opened[number % len(opened)].project.id,
            "iid": opened[number % len(opened)].iid,
        }
        body = json.dumps({**OPENED, "object_attributes": attributes}).encode()
        began = time.perf_counter()
        local.line.request(
            "POST", "/hooks/gitlab", body, {"X-Gitlab-Token": SECRET, "Idempotency-Key": str(uuid4())}
        )
        answer = local.line.getresponse()
        answer.read()
        assert answer.status == 202, answer.status
        return time.perf_counter() - began

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(deliver, deliveries))


def bare(url: str, jobs_wanted: int, slots: int) -> float:
    """Jobs a second of the queue alone: as many jobs that do nothing."""
    jobs = open_jobs(load(environment(url)))
    for number in range(jobs_wanted):
        jobs.push(Key("review", 1, number + 1))
    stop, left, lock = threading.Event(), [jobs_wanted], threading.Lock()

    def nothing(_key: Key) -> Done:
        with lock:
            left[0] -= 1
            if not left[0]:
                stop.set()
        return Done()

    began = time.perf_counter()
    jobs.work(nothing, slots=slots, stop=stop)
    seconds = time.perf_counter() - began
    jobs.close()
    return jobs_wanted / seconds


def environment(url: str) -> dict[str, str]:
    return {"GITLAB_TOKEN": "x", "WEBHOOK_SECRET": SECRET, "DATABASE_URL": url}


def drain(service: Service, url: str, kind: str, workers: int) -> tuple[float, int]:
    """Seconds until the queue was empty, and the reviews that ran."""
    count, slots = (1, workers) if kind == "sqlite" else (workers, 1)
    logs = [(service.folder / f"worker-{number}").open("w+") for number in range(count)]
    began = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bot", "worker"],
            env={**service.env, "SEALCHECK_CONCURRENT_REVIEWS": str(slots)},
            cwd=service.folder,
            stdout=log,
            stderr=log,
        )
        for log in logs
    ]
    jobs = open_jobs(load(environment(url)))
    while (depth := jobs.depth()).waiting:
        assert time.perf_counter() - began < PATIENCE_SECONDS, depth
        time.sleep(0.2)
    seconds = time.perf_counter() - began
    assert not depth.parked, jobs.parked()
    jobs.close()
    for each in running:
        each.send_signal(signal.SIGTERM)
    reviews = 0
    for each, log in zip(running, logs, strict=True):
        assert each.wait(60) == 0
        log.seek(0)
        lines = [json.loads(line) for line in log]
        reviews += sum(each["message"] == "done" and each["job"].startswith("review/") for each in lines)
        log.close()
    return seconds, reviews


def size(kind: str, url: str) -> float:
    """KiB that the database takes on disk."""
    if kind == "sqlite":
        return (
            sum(path.stat().st_size for path in Path(url.removeprefix("sqlite:///")).parent.glob("queue*"))
            / 1024
        )
    import psycopg

    with psycopg.connect(url) as connection:
        (found,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    return float(found) / 1024


def one_round(kind: str, workers: int, deliveries: int, merge_requests: int) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        database(kind, Path(name)) as url,
        GitLabDouble() as double,
    ):
        bare_rate = bare(url, merge_requests, workers)
        projects = [a_project(double, path=f"platform/service-{number}") for number in range(PROJECTS)]
        opened = [
            double.open_merge_request(
                projects[number % PROJECTS], {".gitlab-ci.yml": LEAKY}, source_branch=f"b-{number}"
            )
            for number in range(merge_requests)
        ]
        service = Service(
            Path(name),
            {
                "GITLAB_URL": double.url,
                "GITLAB_TOKEN": double.BOT_TOKEN,
                "DATABASE_URL": url,
                "LOG_LEVEL": "INFO",
                "SEALCHECK_NOTES_PER_MINUTE": "10000",  # the stand-in has no such limit
            },
        )
        service.start("web", "--port", str(service.port))
        half = deliveries // 2
        began = time.perf_counter()
        answers = flood(service, opened, range(half))
        accepted = half / (time.perf_counter() - began)
        before = size(kind, url)  # a journal and the like are there by now
        answers += flood(service, opened, range(half, deliveries))
        grown = (size(kind, url) - before) / (deliveries - half)
        seconds, reviews = drain(service, url, kind, workers)
        service.stop()
        for each in opened:
            threads = double.threads(each, by=double.bot)
            assert len(threads) == 1, (each.iid, len(threads))
    worst = max(answers) * 1000
    print(
        f"{kind:<8} {workers} at once: {accepted:5.0f} deliveries/s (median {statistics.median(answers) * 1000:.1f} ms,"
        f" worst {worst:.0f} ms); {reviews} reviews of {merge_requests} merge requests in {seconds:.1f} s,"
        f" {reviews / seconds:.1f}/s; the bare queue {bare_rate:.0f} jobs/s; {grown * 100_000 / 1024:.0f} MiB"
        f" for 100,000 deliveries; one thread in each",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--merge-requests", type=int, default=100)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--databases", default="sqlite,postgresql")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    for kind in options.databases.split(","):
        for workers in map(int, options.workers.split(",")):
            try:
                one_round(kind, workers, options.deliveries, options.merge_requests)
            except pytest.skip.Exception as missing:
                print(f"{kind}: {missing}")
                break


if __name__ == "__main__":
    main()
