"""The memory of the whole service while nothing happens, and the processor time of reviews of the demo's merge request.

    PYTHONPATH=. .venv/bin/python bench/idle.py

On SQLite, against the stand-in for GitLab. A page that processes share counts once. The time is that of all
processes of the service, from the delivery to the end of the job.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.acknowledge import memory
from bench.hour import deliver, of, processor_seconds
from tests.demo import FILES
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import a_project
from tests.service.conftest import Service, until

if TYPE_CHECKING:
    from tests.gitlab_double.model import MergeRequest

REVIEWS = 15


def report(title: str, service: Service, merge_requests: list[MergeRequest]) -> None:
    before = processor_seconds(service)
    deliver(service, [of(each) for each in merge_requests])
    spent = (processor_seconds(service) - before) / len(merge_requests)
    print(f"processor time of {title}: {spent * 1000:.0f} ms", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, GitLabDouble() as double:
        project = a_project(double)
        opened = [
            double.open_merge_request(project, FILES, source_branch=f"change-{number}")
            for number in range(REVIEWS + 1)
        ]
        environment = {
            "GITLAB_URL": double.url,
            "GITLAB_TOKEN": double.BOT_TOKEN,
            "SEALCHECK_NOTES_PER_MINUTE": "10000",
        }
        service = Service(Path(name), environment).start()
        until(lambda: "sweep/0/0/0" in service.log(), 60)
        until(lambda: not service.queued(), 60)
        time.sleep(3)
        assert service.process is not None
        sizes = memory(service.process.pid)
        parts = "  ".join(f"{process.rpartition(' ')[0]} {size:.1f}" for process, size in sizes.items())
        print(f"idle, MiB (proportional): {sum(sizes.values()):.1f} = {parts}", flush=True)
        report("a process's first review", service, opened[:1])
        report("a first review", service, opened[1:])
        report("an unchanged one", service, opened[1:])
        assert service.stop() == 0


if __name__ == "__main__":
    main()
