"""Count the results of reviews, commands and sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.comments.ops import OpenThread, Reply, Resolve, ThreadChange
from bot.comments.slash import Verb
from bot.observability import metrics

if TYPE_CHECKING:
    from bot.comments.ops import Op
    from bot.findings import Finding
    from bot.review.run import ReviewOutcome
    from bot.review.slash_commands import CommandOutcome
    from bot.review.sweep import Swept

OPENED = "opened"
for _each in (OPENED, *ThreadChange):
    metrics.THREADS.labels(_each)  # from nothing to one is a change only where nothing was counted before
for _what in ("merge_request", "todo"):
    metrics.SWEPT.labels(_what)


def count_review(outcome: ReviewOutcome) -> None:
    """Counts what a review wrote and, where it wrote anything, the findings that it reported."""
    for op in outcome.ops:
        metrics.COMMENTS.labels(type(op).__name__).inc()
        change = _change(op)
        if change is not None:
            metrics.THREADS.labels(change).inc()
    unproven = outcome.seen.result.unproven if outcome.seen else frozenset()
    for finding in outcome.findings if outcome.ops else ():
        metrics.FINDINGS.labels(finding.rule, _fix(finding, unproven)).inc()


def _change(op: Op) -> str | None:
    if isinstance(op, OpenThread):
        return OPENED
    if isinstance(op, Resolve):
        return ThreadChange.RESOLVED.value
    return op.change.value if isinstance(op, Reply) else None


def _fix(finding: Finding, unproven: frozenset[str]) -> str:
    if finding.fix is not None:
        return "proven"
    return "dropped" if finding.fingerprint in unproven else "none"


def count_commands(obeyed: CommandOutcome) -> None:
    """Count a command of a comment, its result, and the review that it started."""
    for verb, result in obeyed.commands:
        metrics.COMMANDS.labels(verb, result).inc()
        if (verb, result) == (
            Verb.IGNORE,
            "done",
        ):  # its threads are resolved before the review looks at them
            metrics.THREADS.labels(ThreadChange.IGNORED).inc()
    if obeyed.outcome is not None:
        count_review(obeyed.outcome)


def count_sweep(swept: Swept) -> None:
    """Counts what a sweep queued."""
    metrics.SWEPT.labels("merge_request").inc(swept.merge_requests)
    count_todos(swept.todos)


def count_todos(asked: int) -> None:
    """Counts the to-dos that asked for a review."""
    metrics.SWEPT.labels("todo").inc(asked)
