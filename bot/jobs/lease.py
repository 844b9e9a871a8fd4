"""How long this replica may believe that its jobs are its own.

A replica that is frozen, or cut off from the database, cannot know that others have taken over its jobs. So its right
to write to GitLab ends at a time that it knows beforehand: a lease, renewed with each heartbeat, that runs out before
another replica may begin. A job's process checks it before each write; reading needs none. A lease that ran out is
renewed under a new number: what was begun under an older one writes nothing more, even if its replica is alive again.
"""

from __future__ import annotations

import math
import multiprocessing
import time
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bot.errors import LeaseLost
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Hashable

END, NUMBER = 0, 1


def _forever() -> Any:
    return multiprocessing.get_context("forkserver").RawArray("d", [math.inf, 0.0])


@dataclass(frozen=True, slots=True)
class Hold:
    """One job's part of the lease: goes with it into its process."""

    shared: Any
    number: float

    def check(self) -> None:
        """Returns while the job is this replica's for sure; raises LeaseLost."""
        if elapsed() >= self.shared[END] or self.shared[NUMBER] != self.number:
            raise LeaseLost("another replica may be at this job by now: this one writes nothing more")


@dataclass(slots=True)
class Lease:
    """End and number, in memory that the jobs' processes share. Without an end until `until` gives it one."""

    shared: Any = field(default_factory=_forever)
    _taken: dict[Hashable, float] = field(default_factory=dict)

    @property
    def number(self) -> float:
        """Under which jobs are begun now."""
        return float(self.shared[NUMBER])

    def until(self, end: float) -> None:
        """Lasts until then, in seconds of `elapsed`; under a new number where it had run out."""
        if elapsed() >= self.shared[END]:
            self.shared[NUMBER] += 1
        self.shared[END] = end

    def take(self, key: Hashable, number: float) -> None:
        """Note that the job was taken under that number, which was read before the job was fetched."""
        self._taken[key] = number

    def hold(self, key: Hashable) -> Hold:
        """Return what the process of that job checks before it writes."""
        return Hold(self.shared, self._taken.pop(key, self.number))


def elapsed() -> float:
    """Seconds of a clock that all processes of a machine share, that cannot be set, and that runs on during sleep."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
