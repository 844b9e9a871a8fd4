"""What the worker does for the console: a record of each review. Without the console it does nothing."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from bot.console.record import record_of
from bot.console.records import CLOSED, MERGED, RecordsUnavailable
from bot.errors import ForgeBusy, ForgeForbidden, ForgeMissing, HeadMoved, SealcheckError
from bot.lazy import dataclass
from bot.observability.scrubbing import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.console.records import Records
    from bot.review.ports import Forge
    from bot.review.run import ReviewOutcome

LOOK_SECONDS = 3600
"""How old the knowledge that a merge request with open findings is still open may be."""
LOOKS = 50
"""So many of them are looked at in one sweep, at a request each."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keeps records, or nothing at all. A database that is away never costs a review: it is logged."""

    records: Records | None
    scrubber: Scrubber
    retention_seconds: int

    def around(self, project_id: int, iid: int, review: Callable[[], ReviewOutcome]) -> ReviewOutcome:
        """What the review comes to; raises what it raises."""
        records = self.records
        if records is None:
            return review()
        began = time.monotonic()
        _try(lambda: records.began(project_id, iid, _now()))
        try:
            outcome = review()
        except HeadMoved:  # the newer one is about to begin
            raise
        except ForgeMissing:
            _try(lambda: records.left(project_id, iid, CLOSED, _now()))
            raise
        except Exception as problem:
            reason = self.scrubber.text(_reason(problem))
            _try(lambda: records.failed(project_id, iid, reason, _now()))
            raise
        record = record_of(outcome, self.scrubber)
        millis = round((time.monotonic() - began) * 1000)
        _try(lambda: records.done(project_id, iid, record, millis, _now()))
        return outcome

    def look_again(self, forge: Forge) -> None:
        """Learns which merge requests with open findings were merged or closed; forgets what is old."""
        records = self.records
        if records is None:
            return
        now = _now()
        try:
            for project_id, iid in records.standing(now - LOOK_SECONDS, LOOKS):
                how = _ending(forge, project_id, iid)
                if how is None:
                    records.looked(project_id, iid, now)
                else:
                    records.left(project_id, iid, how, now)
            records.forget(now - self.retention_seconds, now)
        except (RecordsUnavailable, ForgeBusy) as problem:  # the next sweep goes on
            log.warning("the console's records wait: %s", problem)


NOTHING_KEPT = Keeping(None, Scrubber(), 0)


def _ending(forge: Forge, project_id: int, iid: int) -> str | None:
    """How the merge request ended; None while it has not, or while the bot may not know."""
    try:
        mr = forge.merge_request(project_id, iid)
    except ForgeMissing:
        return CLOSED
    except ForgeForbidden:
        return None
    return None if mr.open else MERGED if mr.state == MERGED else CLOSED


def _reason(problem: Exception) -> str:
    """Why a review failed, in words. Any message but ours or the system's may quote the file that it is about."""
    if isinstance(problem, SealcheckError | OSError) and str(problem):
        return str(problem).split("\n", 1)[0]
    return "an error in Sealcheck itself: the worker's log has it"


def _try(write: Callable[[], None]) -> None:
    try:
        write()
    except RecordsUnavailable as problem:
        log.warning("no record of this review: %s", problem)


def _now() -> int:
    return int(time.time())
