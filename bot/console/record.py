"""What is kept of a review: where what was found, who ignores it, what failed. No code, no diff, no secret's value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.arrows import cloud_edges
from bot.lazy import dataclass
from bot.vault.trustmap import Edge, edges_of

if TYPE_CHECKING:
    from bot.findings import Finding
    from bot.observability.scrubbing import Scrubber
    from bot.review.run import ReviewOutcome

MOST_ARROWS = 60
"""A trust map with more is cut: it would not be read."""
MOST_UNREAD = 50
RESOLVED = "resolved the thread without a word to the bot"


@dataclass(frozen=True, slots=True)
class Ignoring:
    """Who ignores a finding (a user, or the place of the policy), why, and until when ("" or an ISO date)."""

    by: str
    why: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """One finding. `rank` is its severity's, 0 for critical."""

    fingerprint: str
    rule: str
    rank: int
    path: str
    line: int
    subject: str
    ignoring: Ignoring | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One review that came to its end. `unread` are (path, line, reason); `trust` the arrows of the trust map.

    What was found before in `unchecked` paths, or by `failed_rules`, is not gone: it could not be checked.
    """

    project: str
    head_sha: str
    found: tuple[RecordedFinding, ...] = ()
    unread: tuple[tuple[str, int, str], ...] = ()
    trust: tuple[Edge, ...] = ()
    unchecked: frozenset[str] = frozenset()
    failed_rules: frozenset[str] = frozenset()
    author: str = ""
    """user name of the merge request's author"""


def record_of(outcome: ReviewOutcome, scrubber: Scrubber) -> Record | None:
    """What to keep of this review; None where there was nothing to review."""
    seen = outcome.seen
    if seen is None:
        return None
    head = seen.snapshot.head
    drawn = [*edges_of(head.vault, head.vault.roles), *cloud_edges(head.clouds, head.jobs)]
    arrows = drawn[:MOST_ARROWS]
    return Record(
        seen.snapshot.mr.project.path,
        seen.snapshot.mr.refs.head_sha,
        tuple(_found(finding, outcome, scrubber) for finding in outcome.findings),
        tuple(
            (scrubber.text(each.path), each.line, scrubber.text(each.reason))
            for each in seen.result.remarks.unread[:MOST_UNREAD]
        ),
        tuple(_scrubbed(arrow, scrubber) for arrow in arrows),
        frozenset(map(scrubber.text, seen.result.unchecked)),
        seen.result.failed_rules,
        scrubber.text(seen.snapshot.mr.author.name),
    )


def _found(finding: Finding, outcome: ReviewOutcome, scrubber: Scrubber) -> RecordedFinding:
    return RecordedFinding(
        finding.fingerprint,
        finding.rule,
        finding.severity.rank,
        scrubber.text(finding.span.path),
        finding.span.start_line,
        scrubber.text(finding.subject),
        _ignoring(finding, outcome, scrubber),
    )


def _ignoring(finding: Finding, outcome: ReviewOutcome, scrubber: Scrubber) -> Ignoring | None:
    """A command in the merge request, a thread resolved by hand, an entry of a policy, or a comment beside the code."""
    assert outcome.seen is not None  # noqa: S101 - checked by `record_of`
    said = outcome.seen.before.ignored.get(finding.fingerprint)
    if said is not None:
        return Ignoring(said.who, scrubber.text(said.why))
    for standing in outcome.seen.before.standing:
        if standing.dismissed and finding.fingerprint in standing.stands_for:
            return Ignoring(standing.thread.resolved_by or "somebody", RESOLVED)
    if finding.ignored is None:
        return None
    for each in outcome.seen.snapshot.policy.ignores:
        if finding.ignored == each.description and each.covers(finding.rule, finding.span.path):
            until = each.expires.isoformat() if each.expires else ""
            return Ignoring(f"{each.path}:{each.line}", scrubber.text(each.reason), until)
    return Ignoring(f"{finding.span.path}:{finding.span.start_line}", scrubber.text(finding.ignored))


def _scrubbed(arrow: Edge, scrubber: Scrubber) -> Edge:
    return Edge(*(node._replace(label=scrubber.text(node.label)) for node in arrow))
