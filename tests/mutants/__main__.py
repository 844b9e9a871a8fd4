"""The mutation run: `python -m tests.mutants [--rooms a,b] [--each N] [--seed N[,N]]`.

Once: collect the tests and record which test executes which line. Then, for each mutant of a sample with a fixed seed:
fork, change the code in memory, run the tests that execute the changed line, quick ones first, until one fails. A
mutant that lives is tried once more with the change on the disk of a copy, so that processes which the tests start
have it too; where no test executes the line, it lives, but in a room whose tests start processes all are tried. Exit 1 where more than 8 % live, where
`tests/mutants/survivors.txt` gives no reason for one, or where it gives one for a mutant that there is no longer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mutants.on_disk import copied, lives_on_disk
from tests.mutants.points import Point, points_of
from tests.mutants.run import ALIVE, KILLED, ROOT, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

SURVIVORS = ROOT / "tests" / "mutants" / "survivors.txt"
REPORT = ROOT / "build" / "mutants.json"
TABLES = "tests/combinations/test_combinations.py"
TESTS = {
    "rules": (
        "tests/test_samples.py",
        "tests/test_severities.py",
        TABLES,
        "tests/rules_built",
        "tests/test_policy.py",
        "tests/vault",
        "tests/clouds",
        "tests/running/test_drift.py",
        "tests/running/test_audit.py",
    ),
    "leaks": ("tests/leaks", TABLES, "tests/test_samples.py", "tests/rules_built"),
    "vault": (
        "tests/vault",
        TABLES,
        "tests/test_samples.py",
        "tests/running/test_drift.py",
        "tests/running/test_audit.py",
        "tests/running/test_project.py",
        "tests/scan/test_changed.py",
    ),
    "pipeline": (
        "tests/pipeline",
        TABLES,
        "tests/test_samples.py",
        "tests/rules_built",
        "tests/scan/test_focus.py",
    ),
    "comments": ("tests/comments", "tests/review"),
    "analysis": (
        "tests/test_policy.py",
        TABLES,
        "tests/test_samples.py",
        "tests/review",
        "tests/comments",
        "tests/rules_built",
        "tests/test_former_rules.py",
        "tests/vault/test_servers.py",
        "tests/clouds/test_stricter.py",
        "tests/scan/test_focus.py",
        "tests/scan/test_changed.py",
        "tests/scan/test_workers.py",
        "tests/editor/test_checks.py",
    ),
    "jobs": ("tests/jobs", "tests/metrics", "tests/review/test_jobs.py"),
}
"""The rooms, and the tests that can notice a change there."""
WITH_PROCESSES = frozenset({"jobs"})
"""Rooms of which the tests start processes: a line that no test executes here may be executed there."""
MOST_ALIVE = 0.08
SEED = 2026


def room_of(point: Point) -> str:
    """The room whose code is changed."""
    return point.path.split("/")[1]


def points_in(room: str) -> list[Point]:
    """Every change that can be made in a room."""
    return [point for path in sorted((ROOT / "bot" / room).rglob("*.py")) for point in points_of(path, ROOT)]


def sample(room: str, size: int, seed: int) -> list[Point]:
    """Some mutants of a room. Each has its place by its name, so that a change elsewhere leaves the sample as it is."""

    def place(point: Point) -> bytes:
        return hashlib.sha256(f"{seed} {point.name}".encode()).digest()

    return sorted(points_in(room), key=place)[:size]


def reasons() -> dict[str, str]:
    """Why each known survivor may live: lines `NAME  # REASON`."""
    lines = SURVIVORS.read_text(encoding="utf-8").splitlines() if SURVIVORS.exists() else []
    pairs = (line.rsplit("  # ", 1) for line in lines if "  # " in line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, reason in pairs}


def _alive(run: Run) -> set[Point]:
    """Those that no test notices, in memory or on the disk."""
    left = [point for point, verdict in run.verdicts.items() if verdict.outcome != KILLED]
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(ROOT, Path(folder))
        alive = set()
        for point in left:
            everywhere = run.every if room_of(point) in WITH_PROCESSES else ()
            tests = run.verdicts[point].tests or everywhere
            if not tests or lives_on_disk(point, tests, ROOT, copy):
                alive.add(point)
        return alive


def _report(title: str, points: Sequence[Point], alive: set[Point]) -> float:
    found = len(alive & set(points))
    share = found / max(1, len(points))
    print(f"{title}: {len(points)} mutants, {found} alive ({share:.1%})")
    return share


def main(arguments: list[str]) -> int:
    """Run it all; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rooms", default=",".join(TESTS))
    parser.add_argument("--each", type=int, default=60, help="mutants of each room")
    parser.add_argument("--seed", default=str(SEED), help="one, or some apart by commas")
    options = parser.parse_args(arguments)
    rooms = options.rooms.split(",")
    seeds = {
        int(seed): [point for room in rooms for point in sample(room, options.each, int(seed))]
        for seed in options.seed.split(",")
    }
    run = Run(list(dict.fromkeys(point for points in seeds.values() for point in points)))
    tests = list(dict.fromkeys(test for room in rooms for test in TESTS[room]))
    started = time.monotonic()
    pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", *tests], plugins=[run])
    alive = _alive(run)
    known = reasons()
    for point in sorted(alive, key=lambda each: each.name):
        where = f"{point.path}:{point.line}, {len(run.verdicts[point].tests)} tests"
        print(f"{point.name}  # {known.get(point.name, 'NO REASON')}  ({where})")
    gone = sorted(set(known) - {point.name for room in TESTS for point in points_in(room)})
    for name in gone:
        print(f"no longer a mutant: {name}")
    shares = []
    for seed, points in seeds.items():
        if len(rooms) > 1:
            for room in rooms:
                _report(f"seed {seed}, {room}", [each for each in points if room_of(each) == room], alive)
        shares.append(_report(f"seed {seed}", points, alive))
    print(f"{time.monotonic() - started:.0f} s")
    REPORT.parent.mkdir(exist_ok=True)
    verdicts = [
        {**asdict(point), "name": point.name, "outcome": ALIVE if point in alive else KILLED}
        for point in run.verdicts
    ]
    REPORT.write_text(json.dumps(verdicts, indent=1))
    unexplained = any(point.name not in known for point in alive)
    return int(not run.verdicts or max(shares) > MOST_ALIVE or unexplained or bool(gone))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
