"""How long this replica may believe that its jobs are its own.

A replica that is frozen, or cut off from the database, cannot know that others have taken its jobs over. So its word
to GitLab has an end that it knows beforehand: a lease, renewed with each heartbeat, that runs out before anybody else
may begin. A job's process asks before each write; reading harms nobody. A lease that ran out once is renewed under a
new number: what was begun under an older one writes nothing more, however alive its replica is by then.
"""

from __future__ import annotations

import math
import multiprocessing
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.errors import LeaseLost

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
        """The job has been taken under that number, read before it was asked for."""
        self._taken[key] = number

    def hold(self, key: Hashable) -> Hold:
        """What the process of that job asks before it writes."""
        return Hold(self.shared, self._taken.pop(key, self.number))


def elapsed() -> float:
    """Seconds of a clock that all processes of a machine share, that nobody sets, and that goes on while it sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
