"""Pushes and merge requests: new versions of a diff, and what follows from them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.gitlab_double import notes, suggestions
from tests.gitlab_double.errors import Refused, bad_request, forbidden
from tests.gitlab_double.git import NULL_SHA
from tests.gitlab_double.model import MergeRequest, Project, Suggestion, User, Version

if TYPE_CHECKING:
    from tests.gitlab_double.world import World

Contents = Mapping[str, str | bytes | None]


def commit(
    world: World,
    project: Project,
    branch: str,
    contents: Contents,
    *,
    author: User,
    message: str,
    start: str | None = None,
) -> str:
    """The hash of a commit on a branch, which is made from `start` (a ref or hash) where it is new."""
    parent = project.branches.get(branch) or (world.resolve_ref(project, start) if start else None)
    parents = (parent,) if parent else ()
    sha = project.repository.commit(parents, contents, message, author.username)
    project.branches[branch] = sha
    return sha


def open_merge_request(
    world: World,
    project: Project,
    source_branch: str,
    target_branch: str,
    *,
    author: User,
    title: str,
    source_project: Project | None = None,
    draft: bool = False,
    prepared: bool = True,
) -> MergeRequest:
    now = world.now()
    iid = max(project.merge_requests, default=0) + 1
    source = source_project or project
    if source_branch not in source.branches or target_branch not in project.branches:
        raise bad_request("branch does not exist")
    merge_request = MergeRequest(
        world.next_id("merge_request"),
        iid,
        project,
        source,
        source_branch,
        target_branch,
        author,
        title,
        now,
        now,
    )
    merge_request.draft = draft
    project.merge_requests[iid] = merge_request
    if prepared:
        prepare(world, merge_request)
    return merge_request


def prepare(world: World, merge_request: MergeRequest) -> None:
    """What GitLab does a moment after the opening: the diff exists, and the `open` hooks are sent."""
    add_version(world, merge_request)
    merge_request.prepared_at = world.now()
    world.announce("merge_request", merge_request=merge_request, action="open", user=merge_request.author)


def add_version(world: World, merge_request: MergeRequest) -> Version:
    repository = merge_request.project.repository
    head = merge_request.source_project.branches[merge_request.source_branch]
    start = merge_request.project.branches[merge_request.target_branch]
    base = repository.merge_base(start, head) or start
    version = Version(world.next_id("version"), base, start, head, world.now(), repository.diff(base, head))
    merge_request.versions.append(version)
    return version


def moved(world: World, project: Project, branch: str, old: str | None, user: User) -> None:
    """After a push to a branch: merge requests from it get a new version, traced threads and an update hook."""
    new = project.branches.get(branch)
    world.note_activity(project)
    world.announce(
        "push", project=project, branch=branch, before=old or NULL_SHA, after=new or NULL_SHA, user=user
    )
    for merge_request in world.merge_requests():
        if merge_request.source_project is not project or merge_request.source_branch != branch:
            continue
        if merge_request.state != "opened" or not merge_request.versions or new is None:
            continue
        if merge_request.version.head == new:
            continue
        add_version(world, merge_request)
        merge_request.updated_at = world.now()
        count = len(project.repository.commits(old, new)) if old else 1
        notes.system_note(world, merge_request, user, f"added {count} commit{'s' if count != 1 else ''}")
        notes.retrace(world, merge_request, user)
        world.announce("merge_request", merge_request=merge_request, action="update", user=user, oldrev=old)


def retarget(world: World, merge_request: MergeRequest, branch: str, user: User) -> None:
    """Another target branch: a new version, and an update hook without oldrev but with the change."""
    before, merge_request.target_branch = merge_request.target_branch, branch
    add_version(world, merge_request)
    merge_request.updated_at = world.now()
    notes.system_note(world, merge_request, user, f"changed target branch from `{before}` to `{branch}`")
    notes.retrace(world, merge_request, user)
    changes = {"target_branch": {"previous": before, "current": branch}}
    world.announce("merge_request", merge_request=merge_request, action="update", user=user, changes=changes)


def apply_suggestions(world: World, chosen: list[Suggestion], user: User, message: str | None) -> str:
    """The hash of the one commit that applies them all; raises the 400 or 403 of GitLab."""
    merge_request = chosen[0].note.discussion.merge_request
    source = merge_request.source_project
    if world.access(user, source) < 30 and user is not merge_request.author:
        raise forbidden()
    if any(each.note.discussion.merge_request is not merge_request for each in chosen):
        raise Refused(400, {"message": "Suggestions must all be on the same branch."})
    for suggestion in chosen:
        why = suggestions.inapplicable_reason(suggestion)
        if why:
            raise Refused(400, {"message": why})
    old = source.branches[merge_request.source_branch]
    contents = _applied(merge_request, chosen, old)
    text = message or f"Apply {len(chosen)} suggestion(s) to {len(contents)} file(s)"
    sha = commit(world, source, merge_request.source_branch, contents, author=user, message=text)
    for suggestion in chosen:
        suggestion.applied, suggestion.commit_id = True, sha
    for discussion in {id(each.note.discussion): each.note.discussion for each in chosen}.values():
        notes.resolve(world, discussion, user, resolved=True)
    moved(world, source, merge_request.source_branch, old, user)
    return sha


def _applied(
    merge_request: MergeRequest, chosen: list[Suggestion], head: str
) -> dict[str, str | bytes | None]:
    by_path: dict[str, list[Suggestion]] = {}
    for suggestion in chosen:
        by_path.setdefault((suggestion.note.position or {})["new_path"], []).append(suggestion)
    contents: dict[str, str | bytes | None] = {}
    for path, group in by_path.items():
        group.sort(key=lambda each: each.from_line)
        for one, other in itertools.pairwise(group):
            if one.to_line >= other.from_line:
                raise Refused(
                    400, {"message": "Suggestions are not applicable as their lines cannot overlap."}
                )
        blob = merge_request.project.repository.blob(head, path) or b""
        lines = suggestions.split_lines(blob.decode(errors="surrogateescape"))
        for suggestion in reversed(group):
            lines[suggestion.from_line - 1 : suggestion.to_line] = [suggestions.replacement(suggestion)]
        contents[path] = "".join(lines).encode(errors="surrogateescape")
    return contents
