"""One budget of requests to GitLab for all replicas: where GitLab asks one of them for a pause, all of them pause.

GitLab counts requests by user, and all replicas are the bot's one user (docs.gitlab.com/security/rate_limits, 2026-11).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.jobs.port import Later, QueueUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.jobs.port import Execute, Jobs, Key, Outcome

PAUSED_UNTIL = "paused_until"
LONGEST_SECONDS = 3600.0
"""A time further off comes from a clock that was wrong."""


def within_budget(execute: Execute, jobs: Jobs, now: Callable[[], float] = time.time) -> Execute:
    """The same, but nothing runs while GitLab wants a pause of any replica."""

    def run(key: Key) -> Outcome:
        left_seconds = _paused_until(jobs) - now()
        if 0 < left_seconds <= LONGEST_SECONDS:
            return Later(left_seconds)
        outcome = execute(key)
        if isinstance(outcome, Later) and outcome.everywhere:
            _remember(jobs, now() + min(outcome.seconds, LONGEST_SECONDS))
        return outcome

    return run


def _paused_until(jobs: Jobs) -> float:
    """Unix seconds; 0 where nobody pauses, or the database does not tell: the job itself finds out then."""
    try:
        return float(jobs.recall(PAUSED_UNTIL) or 0)
    except QueueUnavailable:
        return 0.0


def _remember(jobs: Jobs, until: float) -> None:
    try:
        jobs.remember(PAUSED_UNTIL, str(until))
    except QueueUnavailable:
        return  # each replica learns it from GitLab itself
