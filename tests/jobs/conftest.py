"""Both queues by one name, and a worker that remembers what ran."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from bot.jobs.port import Done, Jobs, Key, Outcome, Pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = Pauses(first_seconds=0.2, longest_seconds=2.0, refused_seconds=0.4, max_attempts=3)


def open_queue(url: str, pauses: Pauses = QUICK, **more: float) -> Jobs:
    if url.startswith("sqlite:///"):
        from bot.jobs.sqlite import SqliteJobs

        return SqliteJobs(Path(url.removeprefix("sqlite:///")), pauses=pauses, **more)
    from bot.jobs.postgres import PostgresJobs

    return PostgresJobs(url, pauses=pauses, **more)


@dataclass
class Runner:
    """Works a queue in threads and remembers what ran, when and how often at once."""

    jobs: Jobs
    slots: int = 2
    answer: Callable[[Key], Outcome] = lambda _key: Done()
    began: list[tuple[float, Key]] = field(default_factory=list)
    ended: list[tuple[float, Key]] = field(default_factory=list)
    overlaps: list[Key] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _lanes: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def execute(self, key: Key) -> Outcome:
        with self._lock:
            if key.lane in self._lanes:
                self.overlaps.append(key)
            self._lanes.add(key.lane)
            self.began.append((time.monotonic(), key))
        try:
            return self.answer(key)
        finally:
            with self._lock:
                self._lanes.discard(key.lane)
                self.ended.append((time.monotonic(), key))

    def runs(self, key: Key) -> int:
        return sum(1 for _, each in self.began if each == key)

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(self.jobs.work, self.execute, slots=self.slots, stop=self.stop)
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stop.set()
        self._pool.shutdown()
        self._future.result()
        assert not self.overlaps


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not come to that in time"
        time.sleep(0.01)


@pytest.fixture
def jobs(database_url: str) -> Iterator[Jobs]:
    queue = open_queue(database_url)
    yield queue
    queue.close()
