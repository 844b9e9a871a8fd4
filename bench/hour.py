"""An hour of an organisation, as fast as it goes: memory by process after each tenth, and what an event costs.

    PYTHONPATH=. .venv/bin/python bench/hour.py [--deliveries 100000]

Of 100 events 90 do not concern the bot (other hooks), 9 are of merge requests without a relevant file, 1 of one with
findings. The whole service runs, on SQLite, against the stand-in for GitLab, and drains after each tenth. Then each
kind alone: the processor time of web and worker for one event.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from bench.acknowledge import family, memory
from tests.gitlab_double import GitLabDouble
from tests.review.reviewing import CLEAN, LEAKY, a_project
from tests.service.conftest import OPENED, ROOT, SECRET, Service, until

CLIENTS, PROJECTS, TICKS = 8, 10, os.sysconf("SC_CLK_TCK")
OTHER = json.loads((ROOT / "tests/payloads/key_create.json").read_text())


def deliver(service: Service, payloads: list[bytes]) -> None:
    local = threading.local()

    def one(body: bytes) -> None:
        if not hasattr(local, "line"):
            local.line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        headers = {"X-Gitlab-Token": SECRET, "Idempotency-Key": str(uuid4())}
        local.line.request("POST", "/hooks/gitlab", body, headers)
        answer = local.line.getresponse()
        answer.read()
        assert answer.status in {200, 202}, answer.status

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(one, payloads))
    until(lambda: not service.queued(), 1800)


def of(merge_request) -> bytes:
    attributes = {
        **OPENED["object_attributes"],
        "target_project_id": merge_request.project.id,
        "iid": merge_request.iid,
    }
    return json.dumps({**OPENED, "object_attributes": attributes}).encode()


def processor_seconds(service: Service) -> float:
    """Of the service and all below it, also those that have ended."""
    assert service.process is not None
    seconds = 0.0
    for each in family(service.process.pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        seconds += sum(map(int, fields[11:15])) / TICKS
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deliveries", type=int, default=20_000)
    options = parser.parse_args()
    tenth = options.deliveries // 10
    other = json.dumps(OTHER).encode()
    with tempfile.TemporaryDirectory() as name, GitLabDouble() as double:
        projects = [a_project(double, path=f"platform/service-{number}") for number in range(PROJECTS)]
        clean, leaky = (
            [
                double.open_merge_request(project, {file: text}, source_branch=f"{file}-{number}")
                for project in projects
                for number in range(count)
            ]
            for file, text, count in (("src/main.py", CLEAN, 9), (".gitlab-ci.yml", LEAKY, 1))
        )
        environment = {
            "GITLAB_URL": double.url,
            "GITLAB_TOKEN": double.BOT_TOKEN,
            "SEALCHECK_NOTES_PER_MINUTE": "10000",
        }
        service = Service(Path(name), environment).start()
        until(lambda: "sweep/0/0/0" in service.log(), 60)
        for turn in range(1, 11):
            events = [other] * (tenth * 90 // 100)
            events += [of(clean[number % len(clean)]) for number in range(tenth * 9 // 100)]
            events += [of(leaky[number % len(leaky)]) for number in range(tenth // 100)]
            deliver(service, events)
            sizes = memory(service.process.pid)
            named = "  ".join(f"{process.split()[0]} {size:.1f}" for process, size in sizes.items())
            print(
                f"after {turn * tenth:>7} events, MiB (proportional): {sum(sizes.values()):.1f} = {named}",
                flush=True,
            )
        for title, payloads in (
            ("another hook", [other] * 2000),
            ("a merge request without a relevant file", [of(each) for each in clean]),
            ("an unchanged merge request with a finding", [of(each) for each in leaky]),
        ):
            before = processor_seconds(service)
            deliver(service, payloads)
            each_ms = (processor_seconds(service) - before) / len(payloads) * 1000
            print(f"processor time for {title}: {each_ms:.1f} ms")
        assert service.stop() == 0


if __name__ == "__main__":
    main()
