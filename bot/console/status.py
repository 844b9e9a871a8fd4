"""Whether the bot itself is well: GitLab's token, the queue, the sweep."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Protocol

from bot.errors import SealcheckError
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_SECONDS = 600
SWEEPS_MISSED = 3
EXPIRY_DAYS = 14


class Full(Protocol):
    """How full a queue is."""

    @property
    def waiting(self) -> int: ...  # noqa: D102 - as in `bot.jobs.port.Depth`
    @property
    def parked(self) -> int: ...  # noqa: D102
    @property
    def oldest_seconds(self) -> float: ...  # noqa: D102


class QueueFacts(Protocol):
    """What is read from the queue."""

    def depth(self) -> Full:
        """How full it is."""
        ...

    def recall(self, name: str) -> str | None:
        """A fact that a worker left."""
        ...


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One thing, and whether it is well."""

    ok: bool
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class BotStatus:
    """Reads the queue. `refusal`, `expiry` and `swept` are the names of three facts in it."""

    queue: QueueFacts
    refusal: str
    expiry: str
    swept: str
    sweep_seconds: int

    def lines(self, now: int) -> list[StatusLine]:
        """One line a thing; a database that does not answer is one of them."""
        try:
            return [*self._lines(now)]
        except SealcheckError:
            return [StatusLine(ok=False, name="Queue", text="its database does not answer")]

    def _lines(self, now: int) -> Iterator[StatusLine]:
        yield self._token(now)
        full = self.queue.depth()
        slow = full.oldest_seconds > OLDEST_SECONDS
        waiting = f"{full.waiting} waiting" if full.waiting else "empty"
        since = f", the oldest for {full.oldest_seconds / 60:.0f} min: does a worker run?" if slow else ""
        yield StatusLine(not slow, "Queue", f"{waiting}{since}")
        reason = f"{full.parked} failed too often: sealcheck doctor" if full.parked else "none"
        yield StatusLine(not full.parked, "Parked", reason)
        swept = self.queue.recall(self.swept)
        if swept is None:
            yield StatusLine(ok=False, name="Sweep", text="not yet: does a worker run?")
            return
        age = now - dt.datetime.fromisoformat(swept).timestamp()
        late = age > SWEEPS_MISSED * self.sweep_seconds
        yield StatusLine(not late, "Sweep", f"{max(0, age) / 60:.0f} min ago, looks for what hooks missed")

    def _token(self, now: int) -> StatusLine:
        refusal, expiry = self.queue.recall(self.refusal), self.queue.recall(self.expiry)
        if refusal is not None:
            return StatusLine(ok=False, name="Token", text=f"GitLab refuses it: {refusal}")
        if expiry is None:
            return StatusLine(ok=True, name="Token", text="GitLab takes it")
        days = (dt.date.fromisoformat(expiry) - dt.datetime.fromtimestamp(now, dt.UTC).date()).days
        ends = f"GitLab takes it; it ends in {days} {'day' if days == 1 else 'days'}"
        return StatusLine(days >= EXPIRY_DAYS, "Token", f"{ends}: rotate it" if days < EXPIRY_DAYS else ends)
