"""Metrics: deliveries, reviews, requests to GitLab, the queue's depth.

Web, worker and every review are processes of their own. They write into one folder of memory-mapped files
(prometheus_client's multiprocess mode, PROMETHEUS_MULTIPROC_DIR, set by `bot.service` before this module is
imported), and `/metrics` adds them up. A review's process ends after its job; so that it does not leave a
file of its own behind each time, processes write under the name of their slot (`take_slot`), of which there
are few.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    start_http_server,
    values,
)
from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from prometheus_client.metrics_core import Metric

_slot: list[str] = []


def _process_name() -> str:
    return _slot[0] if _slot else str(os.getpid())


if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    values.ValueClass = values.MultiProcessValue(_process_name)  # type: ignore[no-untyped-call]


def take_slot(name: str) -> None:
    """From now on this process writes its metrics under that name; one process at a time may use it."""
    _slot[:] = [name]


DELIVERIES = Counter("sealcheck_deliveries", "Webhook deliveries by what came of them.", ["event", "result"])
ACKNOWLEDGED = Histogram(
    "sealcheck_acknowledge_seconds",
    "Time from a delivery's arrival to its answer.",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
JOBS = Counter("sealcheck_jobs", "Jobs run, by kind and outcome.", ["kind", "outcome"])
JOB_SECONDS = Histogram(
    "sealcheck_job_seconds",
    "How long jobs ran, by kind.",
    ["kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
FORGE_REQUESTS = Counter(
    "sealcheck_gitlab_requests", "Requests to GitLab, by method and status.", ["method", "status"]
)
BUDGET = Gauge(
    "sealcheck_gitlab_budget",
    "Requests that GitLab allows the bot, and those that are left, as it last said.",
    ["what"],
    multiprocess_mode="mostrecent",
)
STAGE_SECONDS = Histogram(
    "sealcheck_review_stage_seconds",
    "How long the stages of reviews took: read, judge, prove (the fixes), say.",
    ["stage"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
COMMENTS = Counter("sealcheck_comments", "What reviews wrote, by what it was.", ["action"])
THREADS = Counter("sealcheck_threads", "What became of threads.", ["change"])
FINDINGS = Counter(
    "sealcheck_findings",
    "Findings that reviews reported, by rule and whether they have a fix: proven, dropped or none.",
    ["rule", "fix"],
)
COMMANDS = Counter("sealcheck_commands", "Commands in comments, by what came of them.", ["verb", "result"])
SWEPT = Counter("sealcheck_swept", "What sweeps queued.", ["what"])
ALL = (
    *(DELIVERIES, ACKNOWLEDGED, JOBS, JOB_SECONDS, FORGE_REQUESTS, BUDGET),
    *(STAGE_SECONDS, COMMENTS, THREADS, FINDINGS, COMMANDS, SWEPT),
)


def stage(name: str) -> AbstractContextManager[object]:
    """Measure the time of a stage of a review."""
    return STAGE_SECONDS.labels(name).time()


class _Gauges:
    """Values read from the queue at each scrape, not kept by a process."""

    def __init__(self, read: Callable[[], dict[str, tuple[str, float]]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Yields one gauge per entry."""
        for name, (meaning, value) in self._read().items():
            yield GaugeMetricFamily(name, meaning, value=value)


def exposition(read: Callable[[], dict[str, tuple[str, float]]]) -> bytes:
    """Prometheus text of all processes, with the gauges that `read` returns as name -> (meaning, value)."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for each in ALL:
            registry.register(each)
    registry.register(_Gauges(read))
    return generate_latest(registry)


def serve_alone(port: int) -> None:
    """Serves this machine's metrics from a thread of its own: for a worker without web beside it."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, registry=registry)
