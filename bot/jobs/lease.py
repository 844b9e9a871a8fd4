"""How long this replica may believe that its jobs are its own.

A replica that is frozen, or cut off from the database, cannot know that others have taken its jobs over. So its word
to GitLab has an end that it knows beforehand: a lease, renewed with each heartbeat, that runs out before anybody else
may begin. The job's process asks before each write; reading harms nobody.
"""

from __future__ import annotations

import math
import multiprocessing
import time

from bot.errors import LeaseLost


class Lease:
    """One number, shared with the processes of this replica's jobs. Without an end until `until` gives it one."""

    def __init__(self) -> None:
        self._end = multiprocessing.get_context("forkserver").RawValue("d", math.inf)

    def until(self, end: float) -> None:
        """Lasts until then, in seconds of `elapsed`."""
        self._end.value = end

    def check(self) -> None:
        """Returns while the lease lasts; raises LeaseLost."""
        if elapsed() >= self._end.value:
            raise LeaseLost("another replica may be at this job by now: this one writes no more")


def elapsed() -> float:
    """Seconds of a clock that all processes of a machine share, that nobody sets, and that goes on while it sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
