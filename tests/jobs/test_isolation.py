"""A job that loops, crashes, eats memory or leaves its parent behind harms only itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from bot.errors import ForgeBusy, ForgeRefused, HeadMoved
from bot.jobs.isolation import Isolation, run
from bot.jobs.lease import Hold, Lease
from bot.jobs.port import REVIEW, Done, Failed, HandedBack, Handler, Key, Later, Refused
from tests.jobs.conftest import until

LOOP, CRASH, MEMORY, BUSY, REFUSED, MOVED, BROKEN, SLOW = range(1, 9)


def open_handler(_hold: Hold) -> Handler:
    return poison


def poison(key: Key) -> None:
    match key.iid:
        case 1:
            while True:
                pass
        case 2:
            os.kill(os.getpid(), signal.SIGSEGV)
        case 3:
            bytearray(4 << 30)
        case 4:
            raise ForgeBusy("slow down", 7.0)
        case 5:
            raise ForgeRefused("401")
        case 6:
            raise HeadMoved("moved")
        case 7:
            raise RuntimeError("first line\nsecond line")
        case 8:
            time.sleep(60)


def isolation(timeout_seconds: float = 30.0) -> Isolation:
    return Isolation(open_handler, timeout_seconds=timeout_seconds, memory_bytes=1 << 30, slots=2)


def key(iid: int) -> Key:
    return Key(REVIEW, 1, iid)


def test_every_ending_is_an_outcome() -> None:
    isolated = isolation()
    assert isolated.execute(key(99)) == Done()
    assert isolated.execute(key(MOVED)) == Done()
    assert isolated.execute(key(BUSY)) == Later(7.0)
    assert isolated.execute(key(REFUSED)) == Refused("401")
    assert isolated.execute(key(BROKEN)) == Failed("RuntimeError")  # its message may quote a file
    assert isolated.execute(key(CRASH)) == Failed("the job's process died (SIGSEGV)")
    assert isolated.execute(key(MEMORY)) == Failed("the job needed more memory than it may have")
    assert run(open_handler, key(BUSY), Lease().hold(key(BUSY))) == Later(7.0)


def test_a_loop_is_stopped_and_its_neighbour_does_not_notice() -> None:
    isolated = isolation(3.0)
    assert isolated.execute(key(99)) == Done()  # the fork server has started
    outcomes: list[object] = []
    loop = threading.Thread(target=lambda: outcomes.append(isolated.execute(key(LOOP))))
    loop.start()
    neighbours = 0
    while loop.is_alive():
        assert isolated.execute(key(99)) == Done()
        neighbours += 1
    assert outcomes == [Failed("the job took longer than 3 s and was stopped")]
    assert neighbours > 1


def test_a_stopping_service_gets_its_jobs_back() -> None:
    isolated = isolation()
    outcomes: list[object] = []
    slow = threading.Thread(target=lambda: outcomes.append(isolated.execute(key(SLOW))))
    slow.start()
    until(lambda: bool(isolated._running))
    isolated.hand_back()
    slow.join(5)
    assert outcomes == [HandedBack()]
    assert isolated.execute(key(99)) == HandedBack()


def test_no_orphan_survives_its_worker(tmp_path: Path) -> None:
    script = tmp_path / "orphan.py"
    script.write_text(
        textwrap.dedent(f"""
        import os, time
        from pathlib import Path
        from bot.jobs.isolation import Isolation
        from bot.jobs.port import Key
        def work(key):
            Path({str(tmp_path)!r}, "pid").write_text(str(os.getpid()))
            time.sleep(60)
        def open_handler(hold):
            return work
        if __name__ == "__main__":
            Isolation(open_handler, timeout_seconds=60, memory_bytes=1 << 30, slots=1).execute(Key("review", 1, 1))
        """)
    )
    worker = subprocess.Popen([sys.executable, str(script)])
    until((tmp_path / "pid").exists)
    time.sleep(0.2)
    orphan = int((tmp_path / "pid").read_text())
    worker.kill()
    worker.wait()

    def gone() -> bool:
        try:
            return Path(f"/proc/{orphan}/stat").read_text().split()[2] == "Z"
        except FileNotFoundError:
            return True

    until(gone, 5)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEALCHECK_SLOT", raising=False)
