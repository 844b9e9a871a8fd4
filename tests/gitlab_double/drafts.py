"""Draft notes and their publication, with all that is known to go wrong in it (G11 to G13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gitlab_double import notes, positions
from tests.gitlab_double.errors import Refused
from tests.gitlab_double.model import Draft, MergeRequest, Note, Position, User

if TYPE_CHECKING:
    from tests.gitlab_double.world import World


def create(
    world: World,
    merge_request: MergeRequest,
    author: User,
    note: str,
    *,
    position: Position | None = None,
    discussion_id: str | None = None,
    resolve_discussion: bool = False,
    commit_id: str | None = None,
) -> Draft:
    """A draft. Its position's shape is checked (JSON schema), whether it fits the diff is not."""
    if not note.strip():
        raise Refused(400, {"message": {"note": ["can't be blank"]}})
    _check_range(position)
    if discussion_id is not None:
        thread = merge_request.discussion(discussion_id)
        if thread is None:
            raise Refused(400, {"message": {"base": ["Thread to reply to cannot be found"]}})
        if any(
            each.author is author and each.discussion_id == discussion_id for each in merge_request.drafts
        ):
            raise Refused(400, {"message": {"author_id": ["has already been taken"]}})
        if resolve_discussion and not world.can_resolve(author, merge_request, thread):
            raise Refused(400, {"message": {"base": ["User is not allowed to resolve thread"]}})
    elif resolve_discussion:
        raise Refused(400, {"message": {"resolve_discussion": ["can't be set without a thread"]}})
    draft = Draft(
        world.next_id("draft"), author, note, position, discussion_id, resolve_discussion, commit_id
    )
    merge_request.drafts.append(draft)
    return draft


def update(draft: Draft, *, note: str | None, position: Position | None) -> None:
    """GitLab's PUT: leaving the position out wipes it (gitlab-org/gitlab#631434)."""
    _check_range(position)
    if note is not None:
        draft.note = note
    draft.position = position


def publish(world: World, merge_request: MergeRequest, draft: Draft) -> None:
    """One draft: an ordinary comment with an ordinary mail."""
    _publish(world, merge_request, draft, None)
    merge_request.drafts.remove(draft)
    notes.tell_all_resolved(world, merge_request, draft.author)


def bulk_publish(
    world: World, merge_request: MergeRequest, author: User, *, stop_after: int | None = None
) -> None:
    """Every draft of the author, one mail. Not transactional: `stop_after` breaks off with a 500 after so many
    notes, which stay public while all drafts stay drafts.

    What is published are the drafts that there are at its start, note by note, whether the client still waits or not;
    what is deleted at its end is every draft of the author, those of meanwhile too (DraftNotes::PublishService, 2026-11).
    """
    own = [draft for draft in merge_request.drafts if draft.author is author]
    if not own:
        return
    review = world.next_id("review")
    published = []
    for number, draft in enumerate(own):
        if stop_after is not None and number >= stop_after:
            raise Refused(500, {"message": "500 Internal Server Error"})
        note = _publish(world, merge_request, draft, review)
        if note is not None:
            published.append(note)
    merge_request.drafts[:] = [draft for draft in merge_request.drafts if draft.author is not author]
    text = "\n\n".join(note.body for note in published)
    world.send_mail("new_review", author, merge_request, text)
    notes.tell_all_resolved(world, merge_request, author)


def _publish(world: World, merge_request: MergeRequest, draft: Draft, review: int | None) -> Note | None:
    discussion = merge_request.discussion(draft.discussion_id) if draft.discussion_id else None
    kind = "DiffNote" if draft.position else "DiscussionNote"
    if draft.position and discussion is None:
        why = positions.refusal(draft.position, merge_request.project.repository, world.limits)
        if why:
            return None  # the note fails its validation, and nobody hears of it
    try:
        note = notes.create(
            world, merge_request, draft.author, draft.note,
            kind=kind, discussion=discussion, position=None if discussion else draft.position, review_id=review,
        )  # fmt: skip
    except notes.CommandsOnly as only:
        raise Refused(500, {"message": "500 Internal Server Error"}) from only  # gitlab-org/gitlab#506536
    if discussion is not None:
        resolving = draft.resolve_discussion and world.can_resolve(draft.author, merge_request, discussion)
        _set_resolved(world, note, draft.author, resolved=resolving)
    return note


def _set_resolved(world: World, note: Note, author: User, *, resolved: bool) -> None:
    """As `discussion.resolve!` does it: without the notification that the service sends once, at the end."""
    for each in note.discussion.notes:
        if not each.resolvable:
            continue
        if not resolved:
            each.resolved_at, each.resolved_by = None, None
        elif each.resolved_at is None:
            each.resolved_at, each.resolved_by = world.now(), author


def _check_range(position: Position | None) -> None:
    """gitlab-org/gitlab#571619: a line range of a draft holds line_code and type, nothing else."""
    for end in ((position or {}).get("line_range") or {}).values():
        if isinstance(end, dict) and (end.get("old_line") is not None or end.get("new_line") is not None):
            raise Refused(400, {"message": {"position": ["must be a valid json schema"]}})
