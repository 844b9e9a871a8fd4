"""One review of one merge request, from what GitLab holds now to what it should hold.

Everything between the snapshot and the plan is pure. The head is read again right before anything is written: a
process that was frozen, or a push in the meantime, ends the run, and the newer review counts.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.causes import Causes
from bot.analysis.engine import SideResult, introduced, run_rules
from bot.analysis.policy import DEVELOPER, ReviewPolicy
from bot.analysis.preview import preview
from bot.analysis.same_cause import caused_by
from bot.analysis.suppressions import judge
from bot.analysis.verify import Prover
from bot.clouds.arrows import cloud_edges
from bot.comments.conversation import Conversation
from bot.comments.marker import Marker
from bot.comments.ops import AddSummary, DeleteNote, OpenThread, Reply, Resolve
from bot.comments.plan import Caps, ReviewResult, plan
from bot.comments.summary import Remarks
from bot.documents.location import Unreadable
from bot.errors import HeadMoved
from bot.lazy import dataclass
from bot.pipeline.model import NOT_FOLLOWED
from bot.review.fetch import Snapshot, policy_of, relevant, take_snapshot
from bot.review.publish import publish, within_limit
from bot.vault.trustmap import trust_map

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from bot.analysis.preview import Preview
    from bot.analysis.suppressions import Settled
    from bot.comments.ops import Op
    from bot.findings import Finding
    from bot.review.ports import Forge


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """What every review of this service goes by. `keys` key the markers: the first signs, all are believed.

    `rule_url` is the address of a rule's page, with `{rule}` in the place of its id; "" for none.
    Each stage of a review (read, judge, prove, say) runs within `during(stage)`, for anyone who takes the time. `taken`
    is called with the snapshot before it is judged.
    """

    keys: tuple[bytes, ...]
    organisation: ReviewPolicy = ReviewPolicy()
    caps: Caps = Caps()
    rule_url: str = ""
    during: Callable[[str], AbstractContextManager[object]] = nullcontext
    taken: Callable[[Snapshot], object] = id


@dataclass(frozen=True, slots=True)
class Memory:
    """Whether the bot may have spoken in a merge request before.

    `remember` is called right before anything is written: a process that dies in between leaves no thread behind that
    is never looked at again.
    """

    spoken: bool = True
    remember: Callable[[], object] = tuple


@dataclass(frozen=True, slots=True)
class Seen:
    """What the review went by, for anyone who keeps a record of it. `before` is the conversation that it found."""

    snapshot: Snapshot
    result: ReviewResult
    before: Conversation


@dataclass(frozen=True, slots=True)
class ReviewOutcome:
    """What came of a review. `head_sha` is None where there was nothing to review; `findings` are those reported."""

    head_sha: str | None
    findings: tuple[Finding, ...] = ()
    ops: tuple[Op, ...] = ()
    seen: Seen | None = None


NOTHING = ReviewOutcome(None)
log = logging.getLogger(__name__)


def review(
    forge: Forge,
    project_id: int,
    iid: int,
    settings: ReviewSettings,
    today: dt.date,
    *,
    memory: Memory | None = None,
    dry_run: bool = False,
) -> ReviewOutcome:
    """Review a merge request and bring its conversation up to date.

    Where the bot surely has not said anything yet (`memory`; None: it may have), a merge request that touches nothing
    relevant costs four requests: the changes, the merge request, its project and the policy, which may name any file.
    Raises what the forge raises, and HeadMoved.
    """
    memory = memory or Memory()
    with settings.during("read"):
        if not dry_run:
            forge.settle(project_id, iid)
        changes = forge.changes(project_id, iid)
        mr = forge.merge_request(project_id, iid)
        if not mr.open or mr.project.archived or not settings.organisation.reviews(mr.project.path):
            return NOTHING
        mr = replace(mr, project=replace(mr.project, today=today))
        policy = policy_of(forge, mr).under(settings.organisation)
        if not memory.spoken and changes.complete and not relevant(changes, policy):
            return NOTHING
        snapshot = take_snapshot(forge, mr, changes, settings.organisation, policy)
    settings.taken(snapshot)
    result = judge_snapshot(snapshot, settings, today)
    with settings.during("say"):
        marker = Marker(settings.keys, project_id, iid)
        return _bring_up_to_date(forge, snapshot, result, marker, None if dry_run else memory)


def judge_snapshot(snapshot: Snapshot, settings: ReviewSettings, today: dt.date) -> ReviewResult:
    """What is to be said of this snapshot. Pure: the same snapshot and day always give the same."""
    with settings.during("judge"):
        head = run_rules(snapshot.head, renamed_from=snapshot.renamed_from)
        base = run_rules(snapshot.base)
    # A defect of ours: the summary gives the reader, this its maker.
    for failure in (*head.failures, *base.failures):
        fields = {"rule": failure.rule, "subject": failure.subject}
        log.error("a rule failed", exc_info=failure.problem, extra={"fields": fields})
    judged = judge(
        _brought_in(snapshot, head, base),
        snapshot.head.tree.files,
        snapshot.policy,
        today,
        everything=(*head.findings, *_unknown(snapshot, head, base)),
        before=base.findings,
    )
    causes = Causes(snapshot.head, snapshot.renamed_from)
    with settings.during("prove"):
        prover = Prover(snapshot.head)
        tried = [(each, prover.proven(each)) for each in judged.findings]
        together = caused_by((finding for _, finding in tried), prover)
    findings = tuple(causes.at_cause(finding) for _, finding in tried)
    return ReviewResult(
        head_sha=snapshot.mr.refs.head_sha,
        files=snapshot.head.tree.files,
        lines=snapshot.lines,
        findings=findings,
        everywhere=frozenset(finding.fingerprint for finding in head.findings),
        unchecked=frozenset(each.path for each in head.unread) | frozenset(snapshot.head.tree.unread),
        failed_rules=frozenset(failure.rule for failure in (*head.failures, *base.failures)),
        unsilenced=snapshot.policy.unsilenced,
        caused_by=together,
        unproven=frozenset(found.fingerprint for found, kept in tried if found.fix and not kept.fix),
        remarks=_remarks(snapshot, head, base, judged, today),
        caps=settings.caps,
        rule_url=settings.rule_url,
    )


def _brought_in(snapshot: Snapshot, head: SideResult, base: SideResult) -> tuple[Finding, ...]:
    """What the merge request introduces. Where a rule failed on the target, that is only what is on added lines."""
    failed = {failure.rule for failure in base.failures}
    return tuple(
        finding
        for finding in introduced(head, base)
        if finding.rule not in failed or finding.span.start_line in snapshot.lines.added(finding.span.path)
    )


def _unknown(snapshot: Snapshot, head: SideResult, base: SideResult) -> Iterator[Finding]:
    """The target's findings of which nobody knows whether the head has them: a rule failed, a file cannot be read."""
    failed = {failure.rule for failure in head.failures}
    unread = {each.path for each in head.unread} | set(snapshot.head.tree.unread)
    return (each for each in base.findings if each.rule in failed or each.span.path in unread)


def _remarks(
    snapshot: Snapshot, head: SideResult, base: SideResult, judged: Settled, today: dt.date
) -> Remarks:
    """What the summary says besides findings: only what this merge request brings or touches."""
    known = {(each.path, each.reason) for each in base.unread}
    new = [each for each in head.unread if (each.path, each.reason) not in known]
    old = [each for each in head.unread if (each.path, each.reason) in known]
    broken = [each for each in old if each.path in snapshot.changed_paths and not _beyond(each)]
    added = tuple(
        Unreadable(each.path, each.line, f"{', '.join(each.rules)}: {each.reason}")
        for each in judged.inline
        if each.line in snapshot.lines.added(each.path)
    )
    changed_roles = any(finding.rule.startswith(("vault-", "cloud-")) for finding in judged.findings)
    return Remarks(
        unread=tuple(sorted([*new, *broken], key=lambda each: (each.path, each.line))),
        not_followed=tuple(filter(_beyond, old)),
        failures=tuple(sorted({f"{each.rule} ({each.error})" for each in (*head.failures, *base.failures)})),
        policy=snapshot.policy.problems + judged.problems,
        added_ignores=added,
        proposed=_proposed(snapshot, today),
        trust_map=_map(snapshot) if changed_roles else "",
        complete=snapshot.complete,
        role_is_low=0 < snapshot.mr.project.bot_level < DEVELOPER,
    )


def _map(snapshot: Snapshot) -> str:
    """The trust map of what changes: of Vault and of the clouds."""
    head, base = snapshot.head, snapshot.base
    clouds = (cloud_edges(head.clouds, head.jobs), cloud_edges(base.clouds, base.jobs))
    return trust_map(head.vault, base.vault, clouds)


def _beyond(unread: Unreadable) -> bool:
    """Whether it is an include that lies beyond what the bot reads, rather than something broken."""
    return unread.reason.startswith(NOT_FOLLOWED)


def _proposed(snapshot: Snapshot, today: dt.date) -> Preview | None:
    """What the merge request's own policy file would do if it counted."""
    if snapshot.proposed is None:
        return None
    return preview(
        snapshot.head, snapshot.base, snapshot.policy, snapshot.proposed, today, snapshot.renamed_from
    )


def _bring_up_to_date(
    forge: Forge,
    snapshot: Snapshot,
    result: ReviewResult,
    marker: Marker,
    memory: Memory | None,
) -> ReviewOutcome:
    """Write what is left to say. Without a memory it is a dry run: nothing is written."""
    mr = snapshot.mr
    project_id = mr.project.id or 0

    def conversation() -> Conversation:
        return Conversation(forge.threads(project_id, mr.iid), forge.bot_id, marker)

    def left_to_say() -> tuple[Op, ...]:
        now = conversation()
        return within_limit(plan(result, now, marker), now.notes)

    now = forge.merge_request(project_id, mr.iid)
    moved = (now.refs.head_sha, now.target_branch) != (mr.refs.head_sha, mr.target_branch)
    if moved and memory is not None:
        raise HeadMoved(f"the head or the target of {project_id}!{mr.iid} moved during the review")
    if not now.open:
        return ReviewOutcome(mr.refs.head_sha, tuple(result.findings))
    before = conversation()
    ops = within_limit(plan(result, before, marker), before.notes)
    if ops and memory is not None:
        memory.remember()
        publish(forge, mr, ops, left_to_say)
    seen = Seen(snapshot, result, before)
    return ReviewOutcome(mr.refs.head_sha, tuple(result.findings), ops, seen)


def dry_text(outcome: ReviewOutcome) -> str:
    """What a review would write, for a person at a terminal."""
    if not outcome.ops:
        return "Nothing to write.\n"
    return "\n".join(f"{_place(op)}\n\n{getattr(op, 'body', '')}\n" for op in outcome.ops)


def _place(op: Op) -> str:
    if isinstance(op, OpenThread):
        return f"== New thread on {op.position.new_path}:{op.position.new_line or op.position.old_line}"
    if isinstance(op, Reply):
        return f"== Reply in thread {op.thread_id}{', which is then resolved' if op.resolve else ''}"
    if isinstance(op, Resolve):
        return f"== Thread {op.thread_id} is resolved, a duplicate"
    if isinstance(op, DeleteNote):
        return f"== Note {op.note_id} is deleted, a second summary"
    return "== Summary" if isinstance(op, AddSummary) else f"== New text for note {op.note_id}"
