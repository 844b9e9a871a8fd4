"""The gate: what a commit status says of a review, for projects that want one."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.findings import Severity
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.findings import Finding


class Gate(StrEnum):
    """What the status may do: there is none, it never fails, or it fails over findings and what was not checked."""

    OFF = "off"
    ADVISE = "advise"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for off to 2 for block: the larger one is the stricter."""
        return list(Gate).index(self)


class CommitState(StrEnum):
    """A commit status's state, in GitLab's words (docs.gitlab.com/api/commits, 2026-11)."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """A state and its one line of explanation; `passes` is what an external status check is answered."""

    state: CommitState
    description: str

    @property
    def passes(self) -> bool | None:
        """Whether the check passes; None while nobody knows."""
        return (
            None
            if self.state in {CommitState.PENDING, CommitState.CANCELED}
            else self.state is CommitState.SUCCESS
        )


REVIEWING = CommitStatus(CommitState.PENDING, "The review is running")
SUPERSEDED = CommitStatus(CommitState.CANCELED, "A newer commit is reviewed instead")
NOTHING_TO_CHECK = CommitStatus(CommitState.SUCCESS, "No file that Sealcheck checks is changed")


def judged(gate: Gate, fail_on: Severity, findings: Sequence[Finding], unchecked: int) -> CommitStatus:
    """The status of a finished review: `findings` are those that nobody ignores, `unchecked` counts what was not read.

    What could not be checked is never a success: where the gate only advises, the status is `skipped`, which GitLab
    does not count.
    """
    said = [_counted(findings)] if findings else []
    if unchecked:
        said.append(f"{unchecked} could not be checked")
    description = "; ".join(said) or "No open finding"
    reached = any(finding.severity.rank <= fail_on.rank for finding in findings)
    if gate is Gate.BLOCK and (reached or unchecked):
        return CommitStatus(CommitState.FAILED, description)
    if unchecked:
        return CommitStatus(CommitState.SKIPPED, description)
    return CommitStatus(CommitState.SUCCESS, f"{description} (advice only)" if reached else description)


def unfinished(gate: Gate, why: str) -> CommitStatus:
    """The status of a review that failed. The job is tried again, and brings a better one."""
    state = CommitState.FAILED if gate is Gate.BLOCK else CommitState.SKIPPED
    return CommitStatus(state, f"Could not be checked: {why}")


def _counted(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    listed = ", ".join(f"{counts[each]} {each}" for each in Severity if counts[each])
    return f"{len(findings)} open finding{'' if len(findings) == 1 else 's'} ({listed})"
