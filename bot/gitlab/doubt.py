"""Writes without an answer: GitLab may still be at them, so nothing is written there until their end shows.

Publishing drafts is not one act. GitLab goes through the drafts that it found at the start, commits note by note,
whether anybody waits or not, and deletes every draft of the user at the end
(`app/services/draft_notes/publish_service.rb`, 2026-11). Who publishes again after a time-out doubles threads and
mails. So each such write is noted down before it is sent, where a killed process cannot take it along, and struck out
at a clear answer.

Without an answer the conversation is listed until the comment is there, or GitLab must have given up. GitLab takes no
key that would make a second request the same as the first, so a request that outlives its own limits comes on top of
the one that follows: the next review then resolves the second thread, and deletes the second summary.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Protocol

from bot.errors import ForgeBusy, ForgeUnknown, LeaseLost, SealcheckError
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.threads import Thread

LONGEST_SECONDS = 150.0
"""GitLab's own limits: 90 s in its queue and 60 s of work (`config/initializers/rack_timeout.rb`, 2026-11).

Both may be raised, by `GITLAB_RAILS_WAIT_TIMEOUT` and `GITLAB_RAILS_RACK_TIMEOUT`; a restart ends them.
"""
PAUSE_SECONDS = 10.0


class Facts(Protocol):
    """What outlives this process: the queue's small facts."""

    def recall(self, name: str) -> str | None:
        """The fact of that name, or None."""
        ...

    def remember(self, name: str, value: str | None) -> None:
        """Keep a fact; None forgets it."""
        ...


class Forgetful:
    """Facts of this process alone, for one that works without a queue."""

    def __init__(self) -> None:
        self._facts: dict[str, str] = {}

    def recall(self, name: str) -> str | None:
        """The fact of that name, or None."""
        return self._facts.get(name)

    def remember(self, name: str, value: str | None) -> None:
        """Keep a fact; None forgets it."""
        self._facts[name] = value or ""


@dataclass(frozen=True, slots=True)
class _Doubt:
    """One write without a clear answer. `since`: when it was sent, or last made progress, in Unix seconds."""

    since: float
    comment: str
    """what it writes, as a digest; "" for a batch of drafts"""
    notes: int | None = None
    """how many comments of the bot there were at the last look; None before the first"""


class Doubts:
    """The writes whose outcome is unknown, one for each merge request.

    `longest_seconds`: so long without a sign of progress, and GitLab has given up.
    """

    def __init__(
        self,
        facts: Facts,
        now: Callable[[], float] = time.time,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._facts = facts
        self._now = now
        self._longest_seconds = longest_seconds

    @contextmanager
    def writing(self, merge_request: str, body: str = "", thread_id: str = "") -> Iterator[None]:
        """Note down a comment with that body, or a batch (without one), until GitLab says what became of it.

        Raises ForgeBusy where that stays unknown.
        """
        comment = _digest(thread_id, body) if body else ""
        self._keep(merge_request, _Doubt(self._now(), comment))
        try:
            yield
        except ForgeUnknown as unknown:
            if unknown.over:
                self._keep(merge_request, None)
                raise
            raise ForgeBusy(f"{unknown}; GitLab may still be writing", PAUSE_SECONDS) from unknown
        except LeaseLost:  # what is noted down there is another replica's by now
            raise
        except SealcheckError:
            self._keep(merge_request, None)
            raise
        self._keep(merge_request, None)

    def settle(
        self,
        merge_request: str,
        bot_id: int,
        threads: Callable[[], Sequence[Thread]],
        drafts: Callable[[], Sequence[int]],
    ) -> None:
        """Return once no write is in doubt there. `threads` and `drafts` list what there is now, `bot_id`'s.

        Raises ForgeBusy while GitLab may still be writing.
        """
        kept = self._facts.recall(_name(merge_request))
        if not kept:
            return
        doubt = _Doubt(**json.loads(kept))
        own = [
            {_digest(thread.id, note.body), _digest("", note.body)}
            for thread in threads()
            for note in thread.notes
            if note.author_id == bot_id
        ]
        waited_seconds = self._now() - doubt.since
        if doubt.comment:
            over = any(doubt.comment in each for each in own) or waited_seconds > self._longest_seconds
        elif doubt.notes == len(own):
            over = waited_seconds > self._longest_seconds or not drafts()
        else:
            over = not drafts()
            doubt = replace(doubt, since=self._now(), notes=len(own))
        self._keep(merge_request, None if over else doubt)
        if not over:
            raise ForgeBusy("GitLab has not answered and may still be writing", PAUSE_SECONDS)

    def _keep(self, merge_request: str, doubt: _Doubt | None) -> None:
        self._facts.remember(_name(merge_request), json.dumps(asdict(doubt)) if doubt else None)


def _name(merge_request: str) -> str:
    return f"writing:{merge_request}"


def _digest(thread_id: str, body: str) -> str:
    return hashlib.sha256(f"{thread_id}\n{body.strip()}".encode(errors="surrogatepass")).hexdigest()
