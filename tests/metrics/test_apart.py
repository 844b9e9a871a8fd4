"""Web and worker apart, as on PostgreSQL: each describes its own work, and a worker's files do not grow with its jobs."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

from tests.gitlab_double import GitLabDouble
from tests.metrics.test_real_run import samples
from tests.review.reviewing import LEAKY, a_project
from tests.service.conftest import SECRET, Service, free_port, until

if TYPE_CHECKING:
    from pathlib import Path


def names(text: str) -> set[str]:
    return {name for name, _ in samples(text)}


def scraped(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def test_each_half_reports_its_own_work(tmp_path: Path):
    port, kept = free_port(), tmp_path / "kept"
    with GitLabDouble() as double:
        project = a_project(double)
        service = Service(tmp_path, {"GITLAB_URL": double.url, "GITLAB_TOKEN": double.BOT_TOKEN})
        service.start("web", "--port", str(service.port))
        own = {"SEALCHECK_WORKER_METRICS_PORT": str(port), "PROMETHEUS_MULTIPROC_DIR": str(kept)}
        worker = subprocess.Popen(
            [sys.executable, "-m", "bot", "worker"],
            env=service.env | own,
            cwd=tmp_path,
            stderr=subprocess.DEVNULL,
        )
        try:
            double.hook(f"http://127.0.0.1:{service.port}/hooks/gitlab", project, token=SECRET)
            for number in range(3):
                double.open_merge_request(project, {".gitlab-ci.yml": LEAKY}, source_branch=f"b{number}")
            until(lambda: 'sealcheck_threads_total{change="opened"} 3.0' in scraped(port), 40)
            reviewed, received = names(scraped(port)), names(service.get("/metrics")[1])
            files = {each.name for each in kept.iterdir()}
        finally:
            worker.terminate()
            assert worker.wait(40) == 0
            service.stop()
    assert {"sealcheck_threads_total", "sealcheck_review_stage_seconds_count"} <= reviewed
    assert "sealcheck_deliveries_total" not in reviewed
    assert {"sealcheck_deliveries_total", "sealcheck_queue_oldest_seconds"} <= received
    assert "sealcheck_review_stage_seconds_count" not in received
    writers = {name.partition("_")[2] for name in files if name.startswith("counter_")}
    assert len(writers) <= 4, f"the worker's, its server's, one per slot, whatever the jobs: {sorted(files)}"
