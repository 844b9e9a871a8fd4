"""One budget for all replicas: all pause where GitLab makes one pause; at most so many comments a minute.

GitLab counts requests by user, and all replicas are the bot's one user (docs.gitlab.com/security/rate_limits, 2026-11).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.errors import ForgeBusy
from bot.jobs.port import Later, QueueUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.jobs.port import Execute, Jobs, Key, Outcome

PAUSED_UNTIL = "paused_until"
NOTES, NOTES_SECONDS = "notes", 60.0
LONGEST_SECONDS = 3600.0
"""A time further off comes from a clock that was wrong."""


def within_budget(execute: Execute, jobs: Jobs, now: Callable[[], float] = time.time) -> Execute:
    """The same, but nothing runs while GitLab wants a pause of any replica."""

    def run(key: Key) -> Outcome:
        left_seconds = _paused_until(jobs) - now()
        if 0 < left_seconds <= LONGEST_SECONDS:
            return Later(left_seconds, reason="GitLab has asked a replica for a pause")
        outcome = execute(key)
        if isinstance(outcome, Later) and outcome.everywhere:
            _remember(jobs, now() + min(outcome.seconds, LONGEST_SECONDS))
        return outcome

    return run


def spend_note(jobs: Jobs, per_minute: int) -> None:
    """Counts one comment that is about to be written; raises ForgeBusy where this minute's are spent.

    GitLab refuses more than 60 a minute on GitLab.com, 300 elsewhere, without a Retry-After
    (docs.gitlab.com/administration/settings/rate_limit_on_notes_creation, 2026-11). Drafts are not counted, and the
    threads of a review are drafts: what waits is the summary, or an answer.
    """
    wait_seconds = jobs.spend(NOTES, per_minute, NOTES_SECONDS)
    if wait_seconds:
        raise ForgeBusy("this minute's comments are spent", wait_seconds)


def _paused_until(jobs: Jobs) -> float:
    """Unix seconds; 0 without a pause, or if the database does not answer: the job itself then fails on it."""
    try:
        return float(jobs.recall(PAUSED_UNTIL) or 0)
    except QueueUnavailable:
        return 0.0


def _remember(jobs: Jobs, until: float) -> None:
    try:
        jobs.remember(PAUSED_UNTIL, str(until))
    except QueueUnavailable:
        return  # each replica learns it from GitLab itself
