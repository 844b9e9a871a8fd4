"""Write a plan to GitLab: new threads and replies as one batch, one e-mail.

Publishing drafts is not transactional, and an answer can be lost: then the conversation is listed again and only what
is still left is said. Nothing is ever repeated blindly.
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from bot.comments.ops import AddSummary, DeleteNote, EditNote, Op, OpenThread, Reply, Resolve
from bot.errors import ForgeBusy, ForgeForbidden, ForgeUnknown
from bot.review.ports import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.review.ports import Forge, MergeRequest


MOST_NOTES = 5000
"""GitLab takes no further comment on a merge request (docs.gitlab.com/administration/instance_limits, 2026-11)."""


def within_limit(ops: tuple[Op, ...], notes: int) -> tuple[Op, ...]:
    """Return what GitLab still takes where so many comments exist: no new ones at its limit.

    Notes are edited and threads resolved all the same, in silence then.
    """
    if notes < MOST_NOTES:
        return ops
    silent = (Resolve(op.thread_id) if isinstance(op, Reply) and op.resolve else op for op in ops)
    return tuple(op for op in silent if not isinstance(op, OpenThread | Reply | AddSummary))


class Where(IntEnum):
    """Where new threads go: each round tries the next place for those that GitLab did not take."""

    LINE = 0
    FILE = 1
    NOWHERE = 2
    ONE_BY_ONE = 3
    """without drafts, each at the best place that GitLab takes"""


def publish(forge: Forge, mr: MergeRequest, ops: tuple[Op, ...], left: Callable[[], tuple[Op, ...]]) -> None:
    """Publish every operation. `left` lists the conversation again and gives what is still to be said.

    Raises:
        ForgeBusy: GitLab asks for a pause, or gives no clear answer: the job comes back and goes on from there.
        ForgeForbidden: GitLab does not take it: a role too low, a locked conversation, too many comments.
    """
    publishing = _Publishing(forge, mr)
    answered = True
    for where in Where:
        try:
            if not answered:
                publishing.purge()
            # A round without an answer is made again.
            done, answered = publishing.write(ops, where if answered else Where(max(0, where - 1))), True
        except ForgeUnknown:
            done, answered = False, False
        if done:
            return
        ops = left()
        if not ops:
            return
    if answered:
        raise ForgeForbidden(
            "GitLab does not take the bot's comments there: its role, or a locked conversation?"
        )
    raise ForgeBusy("GitLab did not take everything; what is left is said later", 30.0)


class _Publishing:
    """One plan on its way to GitLab."""

    def __init__(self, forge: Forge, mr: MergeRequest) -> None:
        self._forge = forge
        self._mr = mr
        self._project_id = mr.project.id or 0
        self._may_resolve = True

    def write(self, ops: tuple[Op, ...], where: Where) -> bool:
        """Whether everything was surely written."""
        spoken = [op for op in ops if isinstance(op, OpenThread | Reply)]
        done = self._singly(spoken) if where is Where.ONE_BY_ONE else self._batch(spoken, where)
        for op in ops:
            if isinstance(op, Resolve):
                self._forge.resolve(self._project_id, self._mr.iid, op.thread_id, resolved=True)
            elif isinstance(op, EditNote):
                self._forge.edit_note(self._project_id, self._mr.iid, op.note_id, op.body)
            elif isinstance(op, DeleteNote):
                self._forge.delete_note(self._project_id, self._mr.iid, op.note_id)
            elif isinstance(op, AddSummary) and done:
                self._forge.add_note(self._project_id, self._mr.iid, op.body)
        return done

    def purge(self) -> None:
        """Delete the drafts that a process left behind, or a publishing that failed."""
        for draft_id in self._forge.drafts(self._project_id, self._mr.iid):
            self._forge.delete_draft(self._project_id, self._mr.iid, draft_id)

    def _batch(self, ops: list[OpenThread | Reply], where: Where) -> bool:
        """Whether all was published as one review. Publishing takes every draft of the bot, so leftovers go first."""
        if not ops:
            return True
        self.purge()
        taken = [self._add(_draft(op, where)) for op in ops]
        if not any(taken):  # this GitLab, or this conversation, takes no drafts at all
            return self._singly(ops)
        self._forge.publish_drafts(self._project_id, self._mr.iid)
        # A draft whose position GitLab does not like vanishes silently: see what became of new threads.
        return all(taken) and not any(isinstance(op, OpenThread) for op in ops)

    def _add(self, draft: Draft) -> bool:
        """Whether GitLab took the draft; to a role that may not resolve it refuses that alone, and takes the reply."""
        if self._forge.add_draft(self._mr, replace(draft, resolve=draft.resolve and self._may_resolve)):
            return True
        if not (draft.resolve and self._may_resolve):
            return False
        self._may_resolve = not self._forge.add_draft(self._mr, replace(draft, resolve=False))
        return not self._may_resolve

    def _singly(self, ops: Iterable[OpenThread | Reply]) -> bool:
        """Whether all was said. A thread without a place is said without one, rather than not at all.

        A thread is resolved, or opened again, before the reply about it, which leaves it as it is: a crash in between
        leaves no fixed thread open, and nothing is said twice.
        """
        done = True
        for op in ops:
            if isinstance(op, Reply):
                self._forge.resolve(self._project_id, self._mr.iid, op.thread_id, resolved=op.resolve)
                done &= self._forge.open_thread(self._mr, _draft(op, Where.LINE))
            else:
                places = (Where.LINE, Where.FILE, Where.NOWHERE)
                done &= any(self._forge.open_thread(self._mr, _draft(op, where)) for where in places)
        return done


def _draft(op: OpenThread | Reply, where: Where) -> Draft:
    if isinstance(op, Reply):
        return Draft(op.body, thread_id=op.thread_id, resolve=op.resolve)
    if where is Where.LINE:
        return Draft(op.body, op.position)
    return Draft(op.unplaced, op.position.of_file if where is Where.FILE else None)
