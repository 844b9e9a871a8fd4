"""Write a plan to GitLab: new threads and replies as one batch, one e-mail.

Publishing drafts is not transactional, and an answer can be lost: then the conversation is listed again and only what
is still left is said, one by one. Nothing is ever repeated blindly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.comments.plan import AddSummary, EditNote, Op, OpenThread, Reply, Resolve
from bot.errors import ForgeBusy, ForgeForbidden, ForgeUnknown
from bot.review.ports import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.review.ports import Forge, MergeRequest

ROUNDS = 3


def publish(forge: Forge, mr: MergeRequest, ops: tuple[Op, ...], left: Callable[[], tuple[Op, ...]]) -> None:
    """Say it all. `left` lists the conversation again and gives what is still to be said.

    Raises:
        ForgeBusy: GitLab asks for a pause, or gives no clear answer: the job comes back and goes on from there.
        ForgeForbidden: GitLab does not take it: a role too low, a locked conversation, too many comments.
    """
    batch, answered = True, True
    for number in range(ROUNDS):
        try:
            if not answered:
                _purge(forge, mr)
            done, answered = _write(forge, mr, ops, batch=batch), True
        except ForgeUnknown:
            done, answered = False, False
        if done:
            return
        # What a batch could not place is said one by one; one without an answer gets a second try.
        batch = number == 0 and not answered
        ops = left()
        if not ops:
            return
    if answered:
        raise ForgeForbidden(
            "GitLab does not take the bot's comments there: its role, or a locked conversation?"
        )
    raise ForgeBusy("GitLab did not take everything; what is left is said later", 30.0)


def _write(forge: Forge, mr: MergeRequest, ops: tuple[Op, ...], *, batch: bool) -> bool:
    """Whether everything was surely written."""
    project_id = mr.project.id or 0
    spoken = [op for op in ops if isinstance(op, OpenThread | Reply)]
    done = _batch(forge, mr, spoken) if batch else _singly(forge, mr, spoken)
    for op in ops:
        if isinstance(op, Resolve):
            forge.resolve(project_id, mr.iid, op.thread_id, resolved=True)
        elif isinstance(op, EditNote):
            forge.edit_note(project_id, mr.iid, op.note_id, op.body)
        elif isinstance(op, AddSummary) and done:
            forge.add_note(project_id, mr.iid, op.body)
    return done


def _batch(forge: Forge, mr: MergeRequest, ops: list[OpenThread | Reply]) -> bool:
    """Whether all was published as one review. Publishing takes every draft of the bot, so leftovers go first."""
    if not ops:
        return True
    _purge(forge, mr)
    taken = [forge.add_draft(mr, _draft(op)) for op in ops]
    if any(taken):
        forge.publish_drafts(mr.project.id or 0, mr.iid)
    # A draft whose position GitLab does not like vanishes without a word: see what became of new threads.
    return all(taken) and not any(isinstance(op, OpenThread) for op in ops)


def _purge(forge: Forge, mr: MergeRequest) -> None:
    """Deletes the drafts that a process left behind, or a publishing that failed."""
    project_id = mr.project.id or 0
    for draft_id in forge.drafts(project_id, mr.iid):
        forge.delete_draft(project_id, mr.iid, draft_id)


def _singly(forge: Forge, mr: MergeRequest, ops: Iterable[OpenThread | Reply]) -> bool:
    """Whether all was said. A thread without a place is said without one, rather than not at all.

    A thread is resolved, or opened again, before the word about it, which leaves it as it is: a crash in between
    leaves no fixed thread open, and no word is said twice.
    """
    project_id = mr.project.id or 0
    done = True
    for op in ops:
        if isinstance(op, Reply):
            forge.resolve(project_id, mr.iid, op.thread_id, resolved=op.resolve)
        placed = forge.open_thread(mr, _draft(op))
        if not placed and isinstance(op, OpenThread):
            placed = forge.open_thread(mr, Draft(op.unplaced))
        done = done and placed
    return done


def _draft(op: OpenThread | Reply) -> Draft:
    if isinstance(op, Reply):
        return Draft(op.body, thread_id=op.thread_id, resolve=op.resolve)
    return Draft(op.body, op.position)
