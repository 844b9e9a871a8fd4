"""The disk under the queue fills up: what was answered with 2xx is there, the rest was refused visibly."""

from __future__ import annotations

import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.service.conftest import Service, opened, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as taken:
        for size in (65536, 512, 1):
            try:
                while True:
                    taken.write(b"x" * size)
            except OSError:
                continue


def test_what_was_accepted_is_there_and_the_rest_was_refused(tmp_path: Path, small_disk: Path):
    service = Service(tmp_path, {"DATABASE_URL": f"sqlite:///{small_disk}/queue.sqlite3"}).start()
    try:
        accepted = []
        assert service.deliver(opened(1, 1))[0] == 202
        fill(small_disk / "filler")
        for iid in range(2, 3000):
            status, _ = service.deliver(opened(1, iid), key=f"{iid}-" + "d" * 150, timeout=30)
            assert status in {202, 503}
            if status == 503:
                break
            accepted.append(iid)
        else:
            pytest.fail("the disk never filled up")
        assert service.get("/healthz")[0] == 200
        (small_disk / "filler").unlink()
        until(lambda: service.deliver(opened(1, 5000))[0] == 202)
        with sqlite3.connect(small_disk / "queue.sqlite3") as database:
            queued = {key for (key,) in database.execute("SELECT key FROM jobs")}
        assert {f"review/1/{iid}/0" for iid in [1, *accepted, 5000]} <= queued
        assert service.stop() == 0
    finally:
        if service.process is not None and service.process.poll() is None:
            service.kill()
