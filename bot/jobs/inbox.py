"""From events to keys: the receiver's side of the queue."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from typing import TYPE_CHECKING

from bot.jobs.port import (
    BOT_ID,
    COMMAND,
    EDITED,
    EXPIRY,
    HOOK,
    REFUSAL,
    REVIEW,
    SWEPT,
    Jobs,
    Key,
    QueueUnavailable,
)
from bot.lazy import dataclass
from bot.webhook.event import CommandWanted, ProjectCreated, ReviewWanted

if TYPE_CHECKING:
    from collections.abc import Callable

ASK_SECONDS = 60.0


@dataclass(slots=True)
class QueueInbox:
    """What `bot.webhook.routes` needs of the queue."""

    jobs: Jobs
    policy_problem: Callable[[], str | None] = lambda: None
    """what is wrong with the organisation's policy file now"""
    _bot_id: int | None = None
    _asked: float = -ASK_SECONDS

    def accept(self, event: ReviewWanted | CommandWanted | ProjectCreated, delivery: str | None) -> bool:
        """Whether it is now durably queued; False where this delivery was seen before."""
        return self.jobs.push(key_of(event), delivery=delivery)

    def bot_id(self) -> int | None:
        """The bot's own user id, once a worker has learnt it from GitLab; asked for once a minute until then.

        None too while the database does not answer: what needs no queue is answered without one.
        """
        if self._bot_id is None and time.monotonic() - self._asked > ASK_SECONDS:
            self._asked = time.monotonic()
            with contextlib.suppress(QueueUnavailable):
                known = self.jobs.recall(BOT_ID)
                self._bot_id = int(known) if known else None
        return self._bot_id

    def unready(self) -> str | None:
        """Why the service is not ready, or None."""
        self.jobs.check()
        refusal = self.jobs.recall(REFUSAL)
        if refusal:
            return f"GitLab refuses the bot's token: {refusal}"
        problem = self.policy_problem()
        return f"the policy is broken, the last good one counts: {problem}" if problem else None

    def gauges(self) -> dict[str, tuple[str, float]]:
        """Name -> (meaning, value) of what the metrics show of the queue."""
        depth = self.jobs.depth()
        return {
            **self._moments(),
            "sealcheck_queue_waiting": ("Jobs that wait or run.", depth.waiting),
            "sealcheck_queue_parked": ("Jobs that failed too often and wait for a person.", depth.parked),
            "sealcheck_queue_oldest_seconds": (
                "How long the oldest due job has waited.",
                depth.oldest_seconds,
            ),
            "sealcheck_gitlab_refused": (
                "Whether GitLab refuses the token.",
                float(self.jobs.recall(REFUSAL) is not None),
            ),
            "sealcheck_queue_up": ("Whether the queue's database answers.", 1.0),
        }

    def _moments(self) -> dict[str, tuple[str, float]]:
        """Known only after the first sweep."""
        moments = {
            "sealcheck_swept_timestamp_seconds": (
                "Until when sweeps have looked for what was missed.",
                SWEPT,
            ),
            "sealcheck_token_expires_timestamp_seconds": ("When the bot's token expires.", EXPIRY),
        }
        known = {name: (meaning, self.jobs.recall(fact)) for name, (meaning, fact) in moments.items()}
        return {name: (meaning, _moment(at)) for name, (meaning, at) in known.items() if at}


def _moment(text: str) -> float:
    """Seconds since the epoch of an ISO date or time; a date begins in UTC."""
    read = dt.datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=dt.UTC)).timestamp()


def key_of(event: ReviewWanted | CommandWanted | ProjectCreated) -> Key:
    """The job that answers this event."""
    if isinstance(event, ProjectCreated):
        return Key(HOOK, event.project_id)
    if isinstance(event, CommandWanted):
        kind = EDITED if event.edited else COMMAND
        return Key(kind, event.project_id, event.iid, event.note_id)
    return Key(REVIEW, event.project_id, event.iid)
