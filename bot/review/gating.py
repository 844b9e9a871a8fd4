"""Keep a commit status beside a review: pending while it runs, then what came of it.

The comments come first: a status that GitLab does not take never costs a review. One whose fate is unknown brings the
job back, which finds its comments written and writes the status alone. What GitLab refuses is reported by name.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bot.analysis.gate import (
    NOTHING_TO_CHECK,
    REVIEWING,
    SUPERSEDED,
    CommitStatus,
    Gate,
    judged,
    unfinished,
)
from bot.comments.conversation import Conversation
from bot.comments.marker import Marker
from bot.comments.ops import AddSummary
from bot.errors import (
    ForgeBusy,
    ForgeMissing,
    ForgeRefused,
    ForgeUnknown,
    HeadMoved,
    LeaseLost,
    SealcheckError,
    described,
)
from bot.findings import Severity
from bot.lazy import dataclass
from bot.review.fetch import policy_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.findings import Finding
    from bot.review.fetch import Snapshot
    from bot.review.ports import Forge, MergeRequest
    from bot.review.run import ReviewOutcome, ReviewSettings, Seen

log = logging.getLogger(__name__)
AGAIN_SECONDS = 30.0


class StatusRefused(SealcheckError):
    """GitLab does not take a status there, whatever is asked again: its answer, and what the bot needs."""


class Statuses(Protocol):
    """Where statuses are. Each verb raises StatusRefused, and what a `Forge` raises."""

    def latest(self, mr: MergeRequest) -> CommitStatus | None:
        """The bot's newest status of the head, None where there is none."""
        ...

    def write(self, mr: MergeRequest, status: CommitStatus, url: str) -> None:
        """Gives the head that status."""
        ...

    def answer_checks(self, mr: MergeRequest, status: CommitStatus) -> None:
        """Answers the project's external status checks that carry the bot's name."""
        ...


@dataclass(frozen=True, slots=True)
class Gating:
    """The gate of this service: `default` is a project's where no policy says otherwise."""

    statuses: Statuses
    forge: Forge
    default: Gate
    fail_on: Severity = Severity.MEDIUM

    def wanted(self, outcome: ReviewOutcome | None) -> bool:
        """Whether the project of this review has a gate, by its policy or by default."""
        if outcome is None or outcome.seen is None:
            return False
        return (outcome.seen.snapshot.policy.gate or self.default) is not Gate.OFF

    def around(
        self,
        project_id: int,
        iid: int,
        settings: ReviewSettings,
        review: Callable[[ReviewSettings], ReviewOutcome],
    ) -> ReviewOutcome:
        """Return what the review comes to, its status written.

        Raises what the review raises, and ForgeBusy where the status may not be written.
        """
        status = _ReviewStatus(self, settings)
        try:
            outcome = review(replace(settings, taken=status.begin))
        except (ForgeBusy, ForgeRefused, ForgeMissing, LeaseLost):
            raise  # the job comes back, or there is nothing left
        except HeadMoved:
            status.write_if_possible(SUPERSEDED)
            raise
        except Exception as problem:
            status.write_if_possible(unfinished(status.gate, described(problem)))
            raise
        if outcome.head_sha is None:
            status.pass_over(project_id, iid)
        else:
            status.settle(outcome)
        return outcome


class _ReviewStatus:
    """The status of one review."""

    def __init__(self, gating: Gating, settings: ReviewSettings) -> None:
        self._gating = gating
        self._settings = settings
        self._mr: MergeRequest | None = None
        self._now: CommitStatus | None = None
        self.gate = Gate.OFF

    def begin(self, snapshot: Snapshot) -> None:
        """The review has read the merge request: its gate is known. A head that has its verdict keeps it meanwhile."""
        self._know(snapshot.mr, snapshot.policy.gate)
        if self._mr is not None and self._now is None:
            self.write_if_possible(REVIEWING)

    def pass_over(self, project_id: int, iid: int) -> None:
        """Nothing was reviewed: an open merge request that changes nothing of interest passes all the same."""
        if (self._settings.organisation.gate or self._gating.default) is Gate.OFF:
            return
        mr = self._gating.forge.merge_request(project_id, iid)
        if mr.open and self._settings.organisation.reviews(mr.project.path):
            self._know(mr, policy_of(self._gating.forge, mr).under(self._settings.organisation).gate)
            self._write(NOTHING_TO_CHECK, mr.web_url)

    def settle(self, outcome: ReviewOutcome) -> None:
        """The review is done, its comments are written."""
        if outcome.seen is None:  # merged or closed in the meantime
            self.write_if_possible(SUPERSEDED)
            return
        unchecked = _unchecked(outcome.seen)
        status = judged(self.gate, self._gating.fail_on, _standing(outcome.seen), unchecked)
        if self._mr is not None:
            self._write(status, self._link(outcome))

    def write_if_possible(self, status: CommitStatus) -> None:
        """Writes a status that a later run brings up to date: a failure here is logged and costs nothing."""
        try:
            self._write(status, self._mr.web_url if self._mr else "")
        except SealcheckError as problem:
            log.warning("the commit status waits: %s", problem)

    def _know(self, mr: MergeRequest, gate: Gate | None) -> None:
        self.gate = gate or self._gating.default
        if self.gate is Gate.OFF:
            return
        self._mr = mr
        try:
            self._now = self._gating.statuses.latest(mr)
        except StatusRefused as refused:
            log.warning("the commit status of %s!%s: %s", mr.project.path, mr.iid, refused)

    def _write(self, status: CommitStatus, url: str) -> None:
        """Writes the status where it is another one; raises ForgeBusy where nobody knows whether it was written."""
        mr, statuses = self._mr, self._gating.statuses
        if mr is None:
            return
        try:
            if status != self._now:
                statuses.write(mr, status, url)
                self._now = status
            statuses.answer_checks(mr, status)
        except StatusRefused as refused:
            log.warning("the commit status of %s!%s: %s", mr.project.path, mr.iid, refused)
        except ForgeUnknown as unknown:
            raise ForgeBusy(f"the commit status may not be written: {unknown}", AGAIN_SECONDS) from unknown

    def _link(self, outcome: ReviewOutcome) -> str:
        """The address of the summary, else of the merge request."""
        seen, mr = outcome.seen, self._mr
        if seen is None or mr is None:
            return ""
        standing = seen.before.summary
        if standing is None and any(isinstance(op, AddSummary) for op in outcome.ops):
            project_id = mr.project.id or 0
            threads = self._gating.forge.threads(project_id, mr.iid)
            marker = Marker(self._settings.keys, project_id, mr.iid)
            standing = Conversation(threads, self._gating.forge.bot_id, marker).summary
        return f"{mr.web_url}#note_{standing[0].id}" if standing else mr.web_url


def _standing(seen: Seen) -> list[Finding]:
    """The findings that neither a policy nor a command ignores. A thread that somebody resolved still counts."""
    result = seen.result
    ignored = {name for name, said in seen.before.ignored.items() if said.rule not in result.unsilenced}
    return [each for each in result.findings if each.ignored is None and each.fingerprint not in ignored]


def _unchecked(seen: Seen) -> int:
    """How much of the change could not be checked: files and includes, failed rules, a list that GitLab cut."""
    remarks = seen.result.remarks
    return len(remarks.unread) + len(remarks.failures) + (not remarks.complete)
