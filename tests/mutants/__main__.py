"""The mutation run: `python -m tests.mutants [--rooms a,b] [--each N] [--seed N]`.

Once: collect the tests and record which test executes which line. Then, for each mutant of a sample with a fixed seed:
fork, change the code in memory, run the tests that execute the changed line, quick ones first, until one fails. A
mutant that lives is tried once more with the change on the disk of a copy, so that processes which the tests start
have it too; where no test executes the line, with all tests of its room. Exit 1 where more than 8 % live, or where `tests/mutants/survivors.txt` gives no reason for one.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest

from tests.mutants.live import NotApplicable, apply
from tests.mutants.points import Point, mutated, points_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
SURVIVORS = ROOT / "tests" / "mutants" / "survivors.txt"
REPORT = ROOT / "build" / "mutants.json"
TESTS = {
    "rules": ("tests/test_samples.py", "tests/rules_built", "tests/test_policy.py"),
    "leaks": ("tests/leaks", "tests/test_samples.py", "tests/rules_built"),
    "vault": ("tests/vault", "tests/test_samples.py"),
    "pipeline": ("tests/pipeline", "tests/test_samples.py", "tests/rules_built"),
    "comments": ("tests/comments", "tests/review"),
    "analysis": ("tests/test_policy.py", "tests/test_samples.py", "tests/review", "tests/comments"),
    "jobs": ("tests/jobs", "tests/metrics"),
}
"""The rooms, and the tests that can notice a change there."""
MOST_ALIVE = 0.08
LIVE_SECONDS = 60
FRESH_SECONDS = 240
KILLED, ALIVE, SKIPPED = "killed", "alive", "not applicable"


class Run:
    """A pytest plugin that runs the tests for coverage, then the mutants, each in a fork."""

    def __init__(self, mutants: Sequence[Point], spare: dict[str, list[Point]]) -> None:
        self.mutants = list(mutants)
        self.spare = spare
        self.results: dict[Point, str] = {}
        self.tests_of: dict[Point, list[str]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        lines, seconds, broken = self._record(session)
        items = {item.nodeid: item for item in session.items if item.nodeid not in broken}
        waiting = list(self.mutants)
        while waiting:
            point = waiting.pop(0)
            chosen = sorted(_covering(point, lines) & set(items), key=lambda name: seconds[name])
            self.tests_of[point] = chosen
            verdict = self._try(point, [items[name] for name in chosen]) if chosen else ALIVE
            if verdict == SKIPPED and self.spare[_room(point)]:
                waiting.append(self.spare[_room(point)].pop())
            else:
                self.results[point] = verdict
            print(
                f"{len(self.results):4} {verdict:8} {len(chosen):4} tests  {point.name}",
                file=sys.__stderr__,
                flush=True,
            )
        return True

    def _record(
        self, session: pytest.Session
    ) -> tuple[dict[str, dict[int, set[str]]], dict[str, float], set[str]]:
        """Which tests execute each line, how long each takes, and those that fail unchanged."""
        recorder = coverage.Coverage(data_file=None, source=["bot"], messages=False)
        seconds: dict[str, float] = {}
        recorder.start()
        before = session.testsfailed
        broken: set[str] = set()
        for item, following in zip(session.items, [*session.items[1:], session.items[0]], strict=True):
            recorder.switch_context(item.nodeid)
            started = time.perf_counter()
            # The last one is not the end of the session: its fixtures live on for the forks.
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            seconds[item.nodeid] = time.perf_counter() - started
            if session.testsfailed > before:
                before = session.testsfailed
                broken.add(item.nodeid)
        recorder.stop()
        data = recorder.get_data()
        lines = {
            str(Path(file).relative_to(ROOT)): {
                line: {name for name in names if name}
                for line, names in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        return lines, seconds, broken

    def _try(self, point: Point, items: list[pytest.Item]) -> str:
        child = os.fork()
        if child == 0:
            os._exit(_run_in_fork(point, items))
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return {0: ALIVE, 3: SKIPPED}.get(code, KILLED)


def _run_in_fork(point: Point, items: list[pytest.Item]) -> int:
    """0 all tests pass, 1 one fails, 3 the change cannot be made here; killed by a signal when it hangs."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LIVE_SECONDS)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(null, number)
    try:
        apply(point, mutated(point, ROOT), ROOT)
    except NotApplicable:
        return 3
    except Exception:  # noqa: BLE001 - the module cannot even be executed
        return 1
    items[0].session._setupstate.teardown_exact(items[0])  # pytest 9: what the last test left set up
    for item, following in zip(items, [*items[1:], items[0]], strict=True):
        failed = item.session.testsfailed
        with contextlib.redirect_stdout(io.StringIO()):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed > failed:
            return 1
    return 0


def _covering(point: Point, lines: dict[str, dict[int, set[str]]]) -> set[str]:
    """The tests that execute the changed line; for one outside of functions, those that execute any of its module."""
    of_file = lines.get(point.path, {})
    at_line = of_file.get(point.line, set())
    return at_line or (set() if "." in point.scope or point.scope else set().union(*of_file.values(), set()))


def _room(point: Point) -> str:
    return point.path.split("/")[1]


def sample(rooms: Sequence[str], each: int, seed: int) -> tuple[list[Point], dict[str, list[Point]]]:
    """As many mutants of each room, and spare ones in the place of those that cannot be made."""
    chosen: list[Point] = []
    spare: dict[str, list[Point]] = {}
    for room in rooms:
        points = [
            point for path in sorted((ROOT / "bot" / room).rglob("*.py")) for point in points_of(path, ROOT)
        ]
        random.Random(f"{seed} {room}").shuffle(points)
        chosen += points[:each]
        spare[room] = points[each : 2 * each]
    return chosen, spare


def copied(folder: Path) -> Path:
    """A copy of what the tests need, for changes on the disk."""
    copy = folder / "copy"
    unneeded = shutil.ignore_patterns(
        ".git", ".venv", ".cache", "build", "dist", "*.egg-info", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, copy, ignore=unneeded)
    if (ROOT / ".cache").exists():
        (copy / ".cache").symlink_to((ROOT / ".cache").resolve())
    return copy


def lives_on_disk(point: Point, tests: Sequence[str], copy: Path) -> bool:
    """Whether the tests pass where the file itself is changed: every process that they start then has the change."""
    file = copy / point.path
    unchanged = file.read_text(encoding="utf-8")
    file.write_text(ast.unparse(mutated(point, ROOT)), encoding="utf-8")
    try:
        found = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-x",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                *tests[:400],
            ],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=FRESH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        file.write_text(unchanged, encoding="utf-8")
    return found.returncode == 0


def reasons() -> dict[str, str]:
    """Why each known survivor may live: lines `NAME # REASON`."""
    lines = SURVIVORS.read_text(encoding="utf-8").splitlines() if SURVIVORS.exists() else []
    pairs = (line.rsplit("  # ", 1) for line in lines if "  # " in line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, reason in pairs}


def main(arguments: list[str]) -> int:
    """Run it all; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rooms", default=",".join(TESTS))
    parser.add_argument("--each", type=int, default=60, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args(arguments)
    rooms = options.rooms.split(",")
    run = Run(*sample(rooms, options.each, options.seed))
    tests = list(dict.fromkeys(test for room in rooms for test in TESTS[room]))
    started = time.monotonic()
    pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", *tests], plugins=[run])
    alive = [point for point, verdict in run.results.items() if verdict == ALIVE]
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder))
        alive = [
            point for point in alive if lives_on_disk(point, run.tests_of[point] or TESTS[_room(point)], copy)
        ]
    known = reasons()
    share = len(alive) / max(1, len(run.results))
    for point in sorted(alive, key=lambda each: each.name):
        print(
            f"{point.name}  # {known.get(point.name, 'NO REASON')}  (line {point.line}, {len(run.tests_of[point])} tests)"
        )
    print(f"{len(run.results)} mutants, {len(alive)} alive ({share:.1%}), {time.monotonic() - started:.0f} s")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(
        json.dumps(
            [
                {**asdict(point), "verdict": verdict, "alive": point in alive}
                for point, verdict in run.results.items()
            ],
            indent=1,
        )
    )
    return int(share > MOST_ALIVE or any(point.name not in known for point in alive))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
