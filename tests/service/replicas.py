"""Workers beside each other on one PostgreSQL, each with all its processes in a group of its own.

`python -m tests.service.replicas` is a worker that counts others out after 3 s instead of 30.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.service.conftest import until

IDLE_PROCESSES = 3
"""The worker, its fork server and multiprocessing's resource tracker."""


@dataclass
class Worker:
    folder: Path
    env: dict[str, str]
    command: tuple[str, ...] = ("tests.service.replicas",)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        began = self.log().count("waiting for jobs")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                cwd=self.folder,
                env=self.env,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )
        until(lambda: self.log().count("waiting for jobs") > began)

    def log(self) -> str:
        return (self.folder / "log").read_text() if (self.folder / "log").exists() else ""

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):  # it is dead already
            os.killpg(self.process.pid, number)
        if number == signal.SIGKILL:
            self.process.wait()


def running(worker: Worker) -> int:
    """How many jobs the worker's processes run now."""
    assert worker.process is not None
    group = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            group += int(each.read_text().rpartition(")")[2].split()[2]) == worker.process.pid
        except OSError:  # it has just ended
            continue
    return max(0, group - IDLE_PROCESSES)


def queued(url: str) -> bool:
    """Whether a job waits or runs, or the database does not tell."""
    try:
        with psycopg.connect(url, connect_timeout=2) as database:
            found = database.execute(
                "SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1"
            ).fetchone()
            return found is not None
    except psycopg.Error:
        return True


def main() -> None:
    from bot.__main__ import main as sealcheck
    from bot.jobs import postgres

    postgres.HEARTBEAT_SECONDS, postgres.RESCUE_SECONDS = 0.5, 0.5
    postgres.STALLED_SECONDS, postgres.WRITE_SECONDS = 3.0, 1.0
    sealcheck(["worker"], prog_name="sealcheck")


if __name__ == "__main__":
    main()
