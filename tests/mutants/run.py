"""Record which test executes which line, then try each mutant in a fork of the process that has all of it imported."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import os
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import coverage
import pytest

from tests.mutants.live import Living, NotApplicable, apply, living
from tests.mutants.points import Point, mutated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
KILLED, ALIVE, ON_DISK = "killed", "alive", "only on the disk"
_PASSED, _FAILED, _NOT_HERE = 0, 1, 3
_SPARE_SECONDS = 20
_TIMES_AS_LONG = 5


class Verdict(NamedTuple):
    """What became of a mutant, and the tests that can notice it, quick ones first."""

    outcome: str
    tests: Sequence[str]


class Recording(NamedTuple):
    """The tests that pass: which lines each executes, and how long it takes on the processor."""

    lines: Mapping[str, Mapping[int, set[str]]]
    seconds: Mapping[str, float]

    def tests_of(self, point: Point) -> list[str]:
        """The tests that execute the changed line; for one outside of functions, those that execute any of its module.

        First those named after the module, then the tables of variations, then the others, quick ones first.
        """
        of_file = self.lines.get(point.path, {})
        found = of_file.get(point.line, set()) if point.in_function else set().union(*of_file.values())
        stem = Path(point.path).stem

        def order(name: str) -> tuple[int, float]:
            is_own = stem in name or stem.replace("_", "-") in name
            return (0 if is_own else 1 if "/combinations/" in name else 2), self.seconds[name]

        return sorted(found & set(self.seconds), key=order)


class Run:
    """A pytest plugin: all tests once, then those that matter for each mutant."""

    def __init__(self, mutants: Sequence[Point]) -> None:
        self.mutants = mutants
        self.verdicts: dict[Point, Verdict] = {}
        self.every: Sequence[str] = ()
        """all tests that pass, quick ones first"""
        self._trusted: dict[str, bool] = {}
        self._living = Living({}, [])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        recording = record(session)
        self.every = sorted(recording.seconds, key=recording.seconds.__getitem__)
        items = {item.nodeid: item for item in session.items}
        self._living = living()
        gc.freeze()
        gc.disable()
        for point in self.mutants:
            tests = recording.tests_of(point)
            allowed = sum(recording.seconds[name] for name in tests)
            outcome = self._outcome(point, [items[name] for name in tests], allowed) if tests else ALIVE
            self.verdicts[point] = Verdict(outcome, tests)
            shown = f"{len(self.verdicts):4} {outcome:8} {len(tests):4} tests  {point.name}"
            print(shown, file=sys.__stderr__, flush=True)
        return True

    def _outcome(self, point: Point, items: list[pytest.Item], seconds: float) -> str:
        """A test that also fails in a fork without the change does not count."""
        items = [item for item in items if self._trusted.get(item.nodeid, True)]
        while items:
            status, failed = _in_fork(point, items, seconds, self._living)
            if status != _FAILED or failed is None:
                return {_PASSED: ALIVE, _NOT_HERE: ON_DISK}.get(status, KILLED)
            name = items[failed].nodeid
            if name not in self._trusted:
                self._trusted[name] = _in_fork(None, [items[failed]], seconds, self._living)[0] == _PASSED
            if self._trusted[name]:
                return KILLED
            del items[failed]
        return ALIVE


def record(session: pytest.Session) -> Recording:
    """Run every test once. What functions remember is forgotten before each, so that it executes all of its lines."""
    recorder = coverage.Coverage(data_file=None, source=["bot"], messages=False)
    seconds: dict[str, float] = {}
    caches = [each for each in gc.get_objects() if _is_cache_of_ours(each)]
    recorder.start()
    for item, following in zip(session.items, [*session.items[1:], session.items[0]], strict=True):
        for cache in caches:
            cache.cache_clear()
        before = session.testsfailed
        recorder.switch_context(item.nodeid)
        started = time.process_time()
        # The last one is not the end of the session: its fixtures live on for the forks.
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed == before:
            seconds[item.nodeid] = time.process_time() - started
    recorder.stop()
    data = recorder.get_data()
    lines: dict[str, dict[int, set[str]]] = defaultdict(dict)
    for file in data.measured_files():
        for line, names in data.contexts_by_lineno(file).items():
            lines[str(Path(file).relative_to(ROOT))][line] = set(names)
    return Recording(lines, seconds)


def _is_cache_of_ours(each: object) -> bool:
    return isinstance(each, functools._lru_cache_wrapper) and str(each.__module__).startswith("bot.")


def _in_fork(
    point: Point | None, items: list[pytest.Item], seconds: float, alive: Living
) -> tuple[int, int | None]:
    """The status of the fork, and the place of the test that failed in it, where one did."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os._exit(_try(point, items, seconds, alive, theirs))
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        failed = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), int(failed) if failed else None


def _try(point: Point | None, items: list[pytest.Item], seconds: float, alive: Living, failed: int) -> int:
    """All tests pass, one fails, or the change cannot be made here; killed by a signal when it runs on and on."""
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    # Time on the processor, so that a busy machine kills no mutant; the clock only for what waits for ever.
    signal.setitimer(signal.ITIMER_PROF, _SPARE_SECONDS + _TIMES_AS_LONG * seconds)
    signal.alarm(int(10 * _SPARE_SECONDS + 10 * _TIMES_AS_LONG * seconds))
    null = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(null, number)
    try:
        if point is not None:
            apply(point, mutated(point, ROOT), ROOT, alive)
    except NotApplicable:
        return _NOT_HERE
    except Exception:  # noqa: BLE001 - the module cannot even be executed
        return _FAILED
    items[0].session._setupstate.teardown_exact(items[0])  # pytest 9: what the last test left set up
    for place, (item, following) in enumerate(zip(items, [*items[1:], items[0]], strict=True)):
        before = item.session.testsfailed
        with contextlib.redirect_stdout(io.StringIO()):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed > before:
            os.write(failed, str(place).encode())
            return _FAILED
    return _PASSED
