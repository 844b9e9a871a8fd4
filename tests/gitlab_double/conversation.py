"""A merge request's conversation as text: what a reader sees, without ids, times or hidden comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.gitlab_double import suggestions

if TYPE_CHECKING:
    from tests.gitlab_double.model import Discussion, MergeRequest, Note
    from tests.gitlab_double.world import World

_HIDDEN = re.compile(r"\n*<!--.*?-->", re.DOTALL)


def text(world: World, merge_request: MergeRequest) -> str:
    """Threads in the order of their opening, each with place, state, comments and suggestions."""
    found = [f"!{merge_request.iid} {merge_request.title} ({merge_request.state})"]
    found += [_thread(each) for each in merge_request.discussions]
    return "\n\n".join(found) + "\n"


def visible(body: str) -> str:
    """A note's text without its HTML comments, which no reader sees."""
    return _HIDDEN.sub("", body).strip()


def place(discussion: Discussion) -> str:
    """file:line as GitLab's page shows it, with the side where the line is a removed one."""
    position = discussion.first.position
    if position is None:
        return "merge request"
    if position["position_type"] == "file":
        return str(position["new_path"])
    if position["new_line"] is None:
        return f"{position['old_path']}:{position['old_line']} (removed line)"
    return f"{position['new_path']}:{position['new_line']}"


def state(discussion: Discussion) -> str:
    """open, resolved by whom, or "" for what cannot be resolved; and whether the lines have changed since."""
    first = discussion.first
    if not discussion.resolvable:
        return ""
    words = ["open"]
    if discussion.resolved:
        who = first.resolved_by.username if first.resolved_by else "nobody"
        words = [f"resolved by {who}" + (" with a push" if first.resolved_by_push else "")]
    position = first.position
    if position and position["head_sha"] != discussion.merge_request.version.head:
        words.append("outdated")
    return ", ".join(words)


def _thread(discussion: Discussion) -> str:
    if discussion.first.system:
        return f"* {discussion.first.author.username} {discussion.first.body}"
    kind = "thread" if discussion.resolvable else "comment"
    head = f"== {kind} on {place(discussion)}"
    if state(discussion):
        head += f" [{state(discussion)}]"
    return "\n".join([head, *(_note(each) for each in discussion.notes)])


def _note(note: Note) -> str:
    if note.system:
        return f"   * {note.author.username} {note.body}"
    lines = [f"   {note.author.username}:" + "".join(f" :{each['name']}:" for each in note.awards)]
    lines += [f"   | {line}".rstrip() for line in visible(note.body).split("\n")]
    for each in note.suggestions:
        why = suggestions.inapplicable_reason(each)
        mark = "applied" if each.applied else "can be applied" if why is None else f"cannot be applied: {why}"
        lines.append(f"   > suggestion for lines {each.from_line} to {each.to_line}: {mark}")
        if not each.applied:
            lines += [f"   > - {line}" for line in each.from_content.split("\n")[:-1] or [each.from_content]]
            lines += [f"   > + {line}" for line in each.to_content.split("\n")[:-1]]
    return "\n".join(lines)
