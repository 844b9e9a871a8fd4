"""What the program needs of its queue: a durable set of dirty merge requests, not a list of events.

GitLab is the truth, so a job carries only its key; the newest state is read when it runs. Two adapters answer
this port (`bot.jobs.sqlite`, `bot.jobs.postgres`) and one contract suite, tests/jobs, runs on both.

The promise, which every adapter keeps:
- `push` returns only after the job is durable.
- Many pushes of a key that waits are one run; a push during a run is exactly one more run afterwards.
- Jobs of one lane (one merge request) never run at the same time, over all processes and replicas.
- A job whose process dies, at any moment, runs again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.errors import SealcheckError

if TYPE_CHECKING:
    import threading

    from bot.jobs.lease import Lease

REVIEW = "review"
COMMAND = "command"
EDITED = "edited"
"""A comment with a command was edited."""
SWEEP = "sweep"
TODOS = "todos"
HOOK = "hook"
"""A project may want a hook of its own."""
REFUSAL = "refusal"
BOT_ID = "bot_id"
SWEPT = "swept"
EXPIRY = "expiry"
SLOT = "SEALCHECK_SLOT"
"""Environment variable of a job's process: the name under which it counts."""


class QueueUnavailable(SealcheckError):
    """The queue cannot be read or written now.

    A delivery is answered 503, so that the loss shows in GitLab.
    """


class QueueNewer(QueueUnavailable):
    """A newer version has brought the database to where this program cannot follow."""


class QueueTaken(SealcheckError):
    """Another service already works on this SQLite file."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a job is about, and all that is stored of it: never a text, a name or a diff.

    `kind` is REVIEW, COMMAND, EDITED, or the name given to `every`. `note_id` is the comment that contains the command
    (its text is read again from GitLab); 0 otherwise.
    """

    kind: str
    project_id: int = 0
    iid: int = 0
    note_id: int = 0

    @property
    def lane(self) -> str:
        """Jobs of one lane never run at the same time.

        A merge request's review and its commands share one.
        """
        return f"{self.project_id}!{self.iid}" if self.project_id else self.kind

    def __str__(self) -> str:
        return f"{self.kind}/{self.project_id}/{self.iid}/{self.note_id}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key whose `str` this is; raises ValueError."""
        kind, project_id, iid, note_id = text.split("/")
        return cls(kind, int(project_id), int(iid), int(note_id))


def one_more(spent: str, now: float, most: int, seconds: float) -> tuple[str, float]:
    """What is spent with one more ("window:count"), and the seconds to wait where that is too much.

    Those who wait are spread over the windows to come, so that each comes back once.
    """
    window = int(now // seconds)
    before, _, count = spent.partition(":")
    already = int(count) if before == str(window) else 0
    wait_seconds = (window + already // most) * seconds - now if already >= most else 0.0
    return f"{window}:{already + 1}", wait_seconds


def most_of_one_project(slots: int) -> int:
    """How many jobs of one project may run at once: a slot is left for the others, and one slow job has a neighbour."""
    return max(2, slots - 1)


Handler = Callable[[Key], None]
"""Runs one job. Returns when it is done, HeadMoved counts as done (the newer head has a job of its own).

Raises ForgeBusy (comes back later, not a failure), ForgeRefused (waits for an operator), NotReady or anything
else (a failure: tried again with growing pauses, then parked).
"""


@dataclass(frozen=True, slots=True)
class Done:
    """The job is done."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job failed; `reason` is scrubbed and one line. It is tried again, `attempts` grows."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """The job comes back after so many seconds: not a failure. `everywhere`: GitLab wants that of every job."""

    seconds: float
    everywhere: bool = False
    reason: str = field(default="", compare=False)
    """why, on one line, for the log"""


@dataclass(frozen=True, slots=True)
class Refused:
    """GitLab refuses the token: not the job's fault, and nothing is lost; the readiness route reports it."""

    reason: str


@dataclass(frozen=True, slots=True)
class HandedBack:
    """Not finished, for no fault of the job's (the service stops, the lease ran out): it runs again, uncounted."""


Outcome = Done | Failed | Later | Refused | HandedBack
Execute = Callable[[Key], Outcome]


@dataclass(frozen=True, slots=True)
class Parked:
    """A job that failed too often: kept, reported, and run again only by a newer event."""

    key: Key
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How full the queue is. `oldest_seconds` is how long the oldest due job has waited past its time."""

    waiting: int
    parked: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long to wait before the next try, and when to stop trying."""

    first_seconds: float = 10.0
    longest_seconds: float = 3600.0
    refused_seconds: float = 120.0
    max_attempts: int = 8

    def after(self, attempts: int) -> float:
        """Seconds to wait after that many failed attempts (1-based): doubling, bounded."""
        return min(self.first_seconds * 2.0 ** (attempts - 1), self.longest_seconds)


class Jobs(Protocol):
    """The queue. Every method may raise QueueUnavailable. Safe to use from several threads."""

    def push(self, *keys: Key, delay_seconds: float = 0.0, delivery: str | None = None) -> bool:
        """Whether the keys were queued, durably, in one transaction.

        False where this delivery was seen before.

        Makes a waiting or parked key due again, at the earlier of its time and this one.
        """
        ...

    def every(self, name: str, seconds: float) -> None:
        """Queues Key(name) when `work` starts and then every so many seconds, by exactly one worker."""
        ...

    def work(
        self, execute: Execute, *, slots: int, stop: threading.Event, lease: Lease | None = None
    ) -> None:
        """Runs jobs, up to `slots` at once, until `stop` is set and the running ones have ended.

        A project has at most `most_of_one_project` of them. `lease` is kept for as long as no other replica
        can take these jobs over.
        """
        ...

    def parked(self) -> Sequence[Parked]:
        """The jobs that failed too often, by key."""
        ...

    def depth(self) -> Depth:
        """How full the queue is now."""
        ...

    def remember(self, name: str, value: str | None) -> None:
        """Keeps a small fact for the other processes (BOT_ID, REFUSAL), no secret; None forgets it."""
        ...

    def recall(self, name: str) -> str | None:
        """The fact of that name, or None. REFUSAL: why GitLab refused the token at the last attempt."""
        ...

    def spend(self, name: str, most: int, seconds: float) -> float:
        """0 where one more fits into this window of so many seconds, and is counted; else when to come back."""
        ...

    def last_delivery(self) -> float | None:
        """When the last delivery was accepted whose id is still remembered, in Unix seconds."""
        ...

    def forget(self, age_seconds: float) -> int:
        """Delete facts and parked jobs that were not touched for so long; return how many."""
        ...

    def check(self) -> None:
        """Returns if the database answers."""
        ...

    def close(self) -> None:
        """Closes what this process opened."""
        ...
