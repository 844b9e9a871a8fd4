"""What a delivery means: its bytes -> an event, or IgnoredEvent with the reason. Pure.

The event is read from the body (`object_kind`, `event_name`), never from X-Gitlab-Event: a system hook sends
"System Hook" for everything. Nothing of the payload is believed beyond the numbers that name the merge
request and the comment; the rest is read again from GitLab with the bot's own token.
"""

from __future__ import annotations

import json
from typing import Any

from bot.comments.slash import command_lines
from bot.lazy import dataclass, regex

HEXADECIMAL = regex("[0-9a-fA-F]{1,64}")
NEW_PROJECT = ("project_create", "project_transfer")
REVIEWED_ACTIONS = ("open", "reopen")
"""Words from outside are looked up in tuples: a list or an object in their place has no hash."""


class Malformed(ValueError):
    """The body is not a JSON object: answered 400."""


@dataclass(frozen=True, slots=True)
class ReviewWanted:
    """A merge request, named by its target project's id and its iid, may need a review."""

    project_id: int
    iid: int
    cause: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class CommandWanted:
    """A comment of a merge request contains a command.

    `note_id` names it; the text is not kept beyond this object. `edited`: the command may have come with an edit.
    """

    project_id: int
    iid: int
    note_id: int
    discussion_id: str
    author_id: int
    text: str
    edited: bool = False


@dataclass(frozen=True, slots=True)
class ProjectCreated:
    """A project is new on the instance, or was moved: it may need a hook of its own.

    Only system hooks send it (docs.gitlab.com/administration/system_hooks, 2026-11); they carry no comments.
    """

    project_id: int


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """Authentic and of no interest; answered 2xx, or GitLab would disable the hook."""

    reason: str


Event = ReviewWanted | CommandWanted | ProjectCreated | IgnoredEvent


def parse(body: bytes, *, bot_id: int | None = None) -> Event:
    """What the delivery means; raises Malformed. `bot_id`: the bot's own user, where it is known."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Malformed("the body is not JSON") from problem
    if not isinstance(payload, dict):
        raise Malformed("the body is not a JSON object")
    kind = payload.get("object_kind")
    if kind == "merge_request":
        return _merge_request(payload, bot_id)
    if kind == "note":
        return _note(payload, bot_id)
    if payload.get("event_name") in NEW_PROJECT:
        project_id = _number(payload, "project_id")
        return IgnoredEvent("incomplete") if project_id is None else ProjectCreated(project_id)
    if "event_name" in payload:
        return IgnoredEvent("lifecycle")
    return IgnoredEvent("kind")


def _merge_request(payload: dict[str, Any], bot_id: int | None) -> Event:
    attributes, changes = _mapping(payload, "object_attributes"), _mapping(payload, "changes")
    project_id, iid = _number(attributes, "target_project_id"), _number(attributes, "iid")
    if project_id is None or iid is None:
        return IgnoredEvent("incomplete")
    if attributes.get("state", "opened") not in ("opened", "locked"):
        return IgnoredEvent("state")
    cause = _cause(attributes, changes, bot_id)
    if cause is None:
        return IgnoredEvent("action")
    return ReviewWanted(project_id, iid, cause, _hex(_mapping(attributes, "last_commit"), "id"))


def _cause(  # noqa: PLR0911 - guards first, one cause a line
    attributes: dict[str, Any], changes: dict[str, Any], bot_id: int | None
) -> str | None:
    """Why this event may change what a review finds, or None."""
    action = attributes.get("action")
    if action in REVIEWED_ACTIONS:
        return str(action)
    if action != "update":
        return None
    # `oldrev` is only there where the code changed (docs.gitlab.com/user/project/integrations/webhook_events, 2026-11).
    if attributes.get("oldrev"):
        return "push"
    if "target_branch" in changes:
        return "retarget"
    draft = _mapping(changes, "draft")
    if draft.get("previous") is True and draft.get("current") is False:
        return "ready"
    if _reviewer_added(changes, bot_id):
        return "reviewer"
    return None


def _reviewer_added(changes: dict[str, Any], bot_id: int | None) -> bool:
    """Whether the bot became a reviewer or its review was requested again; any user while its id is unknown.

    GitLab's documentation shows a list of two lists, its sources build `previous` and `current` (2026-11).
    """
    reviewers = changes.get("reviewers")
    if isinstance(reviewers, list):
        before, after = (*reviewers, None, None)[:2]
    else:
        sides = _mapping(changes, "reviewers")
        before, after = sides.get("previous"), sides.get("current")
    again = _ids(_requested_again(after))
    wanted = (_ids(after) - _ids(before)) | again
    return bool(wanted) if bot_id is None else bot_id in wanted


def _requested_again(people: object) -> list[object]:
    """Return the reviewers whose review is requested again: the same ids, `re_requested` (GitLab 18, 2026-11)."""
    listed = people if isinstance(people, list) else []
    return [each for each in listed if isinstance(each, dict) and each.get("re_requested") is True]


def _ids(people: object) -> set[int]:
    listed = people if isinstance(people, list) else []
    return {each["id"] for each in listed if isinstance(each, dict) and type(each.get("id")) is int}


def _note(payload: dict[str, Any], bot_id: int | None) -> Event:  # noqa: PLR0911 - guards first, one reason a line
    attributes, merge_request = _mapping(payload, "object_attributes"), _mapping(payload, "merge_request")
    author_id = _number(attributes, "author_id")
    if bot_id is not None and bot_id in {author_id, _number(_mapping(payload, "user"), "id")}:
        return IgnoredEvent("own")
    if attributes.get("noteable_type") != "MergeRequest":
        return IgnoredEvent("noteable")
    if attributes.get("system"):
        return IgnoredEvent("system")
    # On an update `user` is the note's author, not the editor: obeying it would let an editor speak as the author.
    edited = attributes.get("action", "create") != "create" or bool(attributes.get("updated_by_id"))
    if merge_request.get("state") in ("merged", "closed"):
        return IgnoredEvent("state")
    project_id, iid, note_id = (
        _number(merge_request, "target_project_id") or _number(payload, "project_id"),
        _number(merge_request, "iid"),
        _number(attributes, "id"),
    )
    if project_id is None or iid is None or note_id is None or author_id is None:
        return IgnoredEvent("incomplete")
    text = attributes.get("note")
    if not isinstance(text, str) or not any(command_lines(text)):
        return IgnoredEvent("no command")
    return CommandWanted(project_id, iid, note_id, _hex(attributes, "discussion_id"), author_id, text, edited)


def _mapping(within: dict[str, Any], key: str) -> dict[str, Any]:
    found = within.get(key)
    return found if isinstance(found, dict) else {}


def _hex(within: dict[str, Any], key: str) -> str:
    """Return the id that GitLab writes in hexadecimal digits, or "" for anything else."""
    found = within.get(key)
    return found if isinstance(found, str) and HEXADECIMAL.fullmatch(found) else ""


def _number(within: dict[str, Any], key: str) -> int | None:
    """A positive integer that fits in PostgreSQL and SQLite, or None: never a bool, never text."""
    found = within.get(key)
    return found if type(found) is int and 0 < found < 1 << 63 else None
