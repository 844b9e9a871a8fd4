"""Comments: created, edited, answered, resolved - with everything that GitLab does beside it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from tests.gitlab_double import positions, quick_actions, suggestions
from tests.gitlab_double.errors import Refused, bad_request, forbidden
from tests.gitlab_double.model import Discussion, MergeRequest, Note, Position, Todo, User

if TYPE_CHECKING:
    from tests.gitlab_double.world import World

COMMENTS_PER_MERGE_REQUEST = 5000
_MENTION = re.compile(r"(?<![\w`])@([\w.-]+)")


class CommandsOnly(Exception):
    """The comment held nothing but quick actions: they ran, and there is no comment."""

    def __init__(self, commands: list[tuple[str, str]]) -> None:
        super().__init__(str(commands))
        self.commands = commands


def create(
    world: World,
    merge_request: MergeRequest,
    author: User,
    body: str,
    *,
    kind: str | None,
    discussion: Discussion | None = None,
    position: Position | None = None,
    internal: bool = False,
    review_id: int | None = None,
) -> Note:
    """A published note. Raises Refused as GitLab refuses, CommandsOnly where nothing is left to publish.

    `kind` is None for a plain comment, DiscussionNote or DiffNote for one that opens a thread.
    """
    world.write_slowly()
    _check_limits(world, merge_request, author, body)
    if position is not None:
        why = positions.refusal(position, merge_request.project.repository, world.limits)
        if why:
            raise bad_request(why)
    text, commands = quick_actions.extract(body)
    for command, argument in commands:
        world.quick_actions_run.append((author.username, command, argument))
        _run(world, merge_request, author, command)
    if commands and not text.strip():
        raise CommandsOnly(commands)
    now = world.now()
    if discussion is None:
        discussion = Discussion(world.hash_id("discussion"), merge_request)
        merge_request.discussions.append(discussion)
    elif discussion.individual:
        discussion.first.type = kind = "DiscussionNote"  # answering a plain comment turns it into a thread
    else:
        kind = discussion.first.type
    if discussion.notes:
        internal = discussion.first.internal  # Notes::BuildService, 2026-11: a reply is what its thread is
    note = Note(world.next_id("note"), kind, text if commands else body, author, now, now, discussion)
    note.internal, note.review_id = internal, review_id
    if kind == "DiffNote":
        first = discussion.notes[0] if discussion.notes else note
        _place(world, note, position or first.position, first.original_position)
    if discussion.resolved:
        # Notes::BuildService, 2026-11: an answer to a resolved thread is born resolved, by its own author.
        note.resolved_at, note.resolved_by = now, author
    discussion.notes.append(note)
    note.suggestions = suggestions.parse(note, world.ids("suggestion"))
    merge_request.updated_at = now
    if review_id is None:
        world.send_mail("new_note", author, merge_request, note.body)
    _mention(world, note)
    world.announce("note", note=note, action="create")
    return note


def edit(world: World, note: Note, editor: User, body: str) -> None:
    """Changes a note's text: suggestions are read anew, nobody gets a mail, the note hook says `update`."""
    text, commands = quick_actions.extract(body)
    for command, argument in commands:
        world.quick_actions_run.append((editor.username, command, argument))
        _run(world, note.discussion.merge_request, editor, command)
    if commands and not text.strip():
        raise CommandsOnly(commands)
    if not body.strip():
        raise bad_request('Note {:note=>["can\'t be blank"]}')
    changed = note.body != (text if commands else body)
    note.body = text if commands else body
    note.updated_at, note.updated_by = world.now(), editor
    note.suggestions = suggestions.parse(note, world.ids("suggestion"))
    if changed:
        note.discussion.merge_request.updated_at = note.updated_at
        world.announce("note", note=note, action="update")


def delete(world: World, note: Note) -> None:
    discussion = note.discussion
    discussion.notes.remove(note)
    if not discussion.notes:
        discussion.merge_request.discussions.remove(discussion)


def resolve(
    world: World, discussion: Discussion, user: User, *, resolved: bool, by_push: bool = False
) -> None:
    """Resolves or reopens a thread; the last one resolved is reported to everybody (mail, system note, update hook)."""
    if not by_push and not world.can_resolve(user, discussion.merge_request, discussion):
        raise forbidden()
    was = discussion.resolved
    for note in discussion.notes:
        if note.resolvable and resolved and note.resolved_at is None:
            note.resolved_at, note.resolved_by, note.resolved_by_push = world.now(), user, by_push
        elif note.resolvable and not resolved:
            note.resolved_at, note.resolved_by, note.resolved_by_push = None, None, False
    discussion.merge_request.updated_at = world.now()
    if resolved and not was:
        tell_all_resolved(world, discussion.merge_request, user)


def tell_all_resolved(world: World, merge_request: MergeRequest, user: User) -> None:
    """MergeRequests::ResolvedDiscussionNotificationService: only where there are threads and none is open."""
    threads = [each for each in merge_request.discussions if each.resolvable]
    if not threads or not all(each.resolved for each in threads):
        return
    system_note(world, merge_request, user, "resolved all threads")
    world.send_mail("resolved_all_discussions", user, merge_request, "All threads resolved")
    world.announce("merge_request", merge_request=merge_request, action="update", user=user)


def system_note(
    world: World, merge_request: MergeRequest, author: User, body: str, discussion: Discussion | None = None
) -> Note:
    """A line that GitLab itself writes: no mail, no hook."""
    now = world.now()
    if discussion is None:
        discussion = Discussion(world.hash_id("discussion"), merge_request)
        merge_request.discussions.append(discussion)
    kind = "DiffNote" if discussion.notes and discussion.first.type == "DiffNote" else None
    note = Note(world.next_id("note"), kind, body, author, now, now, discussion, system=True)
    discussion.notes.append(note)
    return note


def retrace(world: World, merge_request: MergeRequest, user: User) -> None:
    """After a new version: every thread that was on the old diff moves along or becomes outdated."""
    old, new = merge_request.versions[-2:]
    for discussion in list(merge_request.discussions):
        position = discussion.notes[0].position
        if discussion.first.type != "DiffNote" or not position or position["head_sha"] != old.head:
            continue
        if position["base_sha"] != old.base:
            continue
        traced, outdated = positions.trace(position, old, new, merge_request.project.repository)
        for note in discussion.notes:
            if note.position is None:
                continue
            if outdated:
                note.change_position = traced
            elif traced is not None:
                note.position, note.change_position = traced, None
        if outdated:
            number = len(merge_request.versions)
            system_note(
                world, merge_request, user, f"changed this line in version {number} of the diff", discussion
            )
            if merge_request.project.resolve_outdated_diff_discussions and not discussion.resolved:
                resolve(world, discussion, user, resolved=True, by_push=True)


def _place(world: World, note: Note, position: Position | None, original: Position | None) -> None:
    if position is None:
        return
    repository = note.discussion.merge_request.project.repository
    note.position = dict(position)
    note.original_position = dict(original or position)
    file = positions.file_of(position, repository)
    if file and position["position_type"] == "text":
        line = positions.line_of(position, file, repository)
        note.line_code = positions.line_code(file.path, line) if line else None
    versions = note.discussion.merge_request.versions
    reviewed = next((each for each in versions if each.head == position["head_sha"]), None)
    if note.discussion.notes or reviewed is None or reviewed is versions[-1]:
        return
    traced, outdated = positions.trace(position, reviewed, versions[-1], repository)
    if outdated:
        note.change_position = traced
    elif traced is not None:
        note.position = traced


def _check_limits(world: World, merge_request: MergeRequest, author: User, body: str) -> None:
    if world.limits.notes_per_minute is not None:
        times = [each for each in world.note_times.get(author.id, []) if each > time.monotonic() - 60]
        if len(times) >= world.limits.notes_per_minute:
            raise Refused(
                429,
                {"message": {"error": "This endpoint has been requested too many times. Try again later."}},
            )
        world.note_times[author.id] = [*times, time.monotonic()]
    if not body.strip():
        raise bad_request('Note {:note=>["can\'t be blank"]}')
    if len(body) > world.limits.comment_characters:
        raise bad_request(
            f'Note {{:note=>["is too long (maximum is {world.limits.comment_characters} characters)"]}}'
        )
    if len(merge_request.notes) >= COMMENTS_PER_MERGE_REQUEST:
        raise bad_request('Note {:base=>["Maximum number of comments exceeded"]}')


def _mention(world: World, note: Note) -> None:
    for match in _MENTION.finditer(note.body):
        user = world.user(match[1].rstrip("."))
        if user is None or user is note.author:
            continue
        action = "directly_addressed" if note.body.lstrip().startswith(f"@{user.username}") else "mentioned"
        merge_request = note.discussion.merge_request
        world.todos.append(
            Todo(world.next_id("todo"), user, note.author, merge_request, note, action, world.now())
        )


def _run(world: World, merge_request: MergeRequest, author: User, command: str) -> None:
    """The commands whose effect a test would notice; the others are only recorded."""
    if world.access(author, merge_request.project) < 30:
        return
    states = {"close": "closed", "reopen": "opened", "merge": "merged"}
    if command in states:
        merge_request.state = states[command]
        action = {"close": "close", "reopen": "reopen", "merge": "merge"}[command]
        world.announce("merge_request", merge_request=merge_request, action=action, user=author)
