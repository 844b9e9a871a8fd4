"""GitLab's JSON as the review's own words. Field names: docs.gitlab.com/api, checked 2026-11."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit

from bot.lazy import regex
from bot.review.ports import MergeRequest, User
from bot.snapshot import ChangedFile, DiffRefs, FileChange, Project
from bot.threads import Note, Position, Thread

SAME_MOMENT, SOON = dt.timedelta(seconds=3), dt.timedelta(minutes=2)
_OFFERED = regex(r"^`{3,}suggestion\b", re.MULTILINE)


def user(given: dict[str, Any]) -> User:
    """A user; a deleted account's notes come without one."""
    return User(int(given.get("id") or 0), str(given.get("username") or ""))


def project(given: dict[str, Any], protected_refs: tuple[str, ...] = ()) -> Project:
    """The project's own facts. An empty `ci_config_path` means GitLab's default."""
    return Project(
        id=given["id"],
        path=given["path_with_namespace"],
        default_branch=given.get("default_branch") or "main",
        ci_config_path=given.get("ci_config_path") or ".gitlab-ci.yml",
        protected_refs=protected_refs,
        archived=bool(given.get("archived")),
        resolves_outdated=bool(given.get("resolve_outdated_diff_discussions")),
        host=urlsplit(given.get("web_url") or "").hostname or "",
        bot_level=_level(given.get("permissions") or {}),
    )


def _level(permissions: dict[str, Any]) -> int:
    """The asking user's access level there; 0 where GitLab does not say, as for a group that is invited."""
    granted = (permissions.get(each) or {} for each in ("project_access", "group_access"))
    return max(int(each.get("access_level") or 0) for each in granted)


def merge_request(given: dict[str, Any], of: Project) -> MergeRequest | None:
    """The merge request, or None while GitLab has no diff refs for it."""
    refs = given.get("diff_refs") or {}
    if not all(refs.get(name) for name in ("base_sha", "start_sha", "head_sha")):
        return None
    return MergeRequest(
        project=of,
        iid=given["iid"],
        state=given["state"],
        author=user(given.get("author") or {}),
        source_branch=given["source_branch"],
        target_branch=given["target_branch"],
        source_project_id=given.get("source_project_id") or 0,
        refs=DiffRefs(refs["base_sha"], refs["start_sha"], refs["head_sha"]),
        title=given.get("title") or "",
        web_url=given.get("web_url") or "",
        truncated=str(given.get("changes_count") or "").endswith("+"),
    )


def changed_file(given: dict[str, Any]) -> ChangedFile:
    """One file of the diff.

    An empty diff of a file that did change means that GitLab left it out (collapsed or too large; the flags exist
    since 18.4): then `diff` is None. Also where it may just be empty, a pure rename: the texts show it.
    """
    if given.get("new_file"):
        change = FileChange.ADDED
    elif given.get("deleted_file"):
        change = FileChange.DELETED
    elif given.get("renamed_file"):
        change = FileChange.RENAMED
    else:
        change = FileChange.MODIFIED
    diff = given.get("diff") or ""
    left_out = bool(given.get("collapsed") or given.get("too_large")) or (
        not diff and not (change is FileChange.MODIFIED and given.get("a_mode") != given.get("b_mode"))
    )
    too_large = bool(given.get("too_large"))
    return ChangedFile(given["old_path"], given["new_path"], change, None if left_out else diff, too_large)


def thread(given: dict[str, Any], of: Project) -> Thread:
    """A discussion of that project. Resolved when each of its resolvable notes is."""
    notes = given["notes"]
    resolvable = [note for note in notes if note.get("resolvable")]
    resolver = user((resolvable[0].get("resolved_by") or {}) if resolvable else {})
    place = notes[0].get("position") or {}
    applied = _is_applied(notes, resolvable)
    return Thread(
        id=str(given["id"]),
        notes=tuple(note_of(note) for note in notes),
        individual=bool(given.get("individual_note")),
        resolvable=bool(resolvable),
        resolved=bool(resolvable) and all(note.get("resolved") for note in resolvable),
        resolved_by_id=resolver.id or None,
        resolved_by=resolver.name or None,
        position=_position(place),
        head_sha=place.get("head_sha"),
        applied=applied,
        by_push=(of.resolves_outdated or applied) and bool(resolvable) and _by_push(resolvable[0], notes),
    )


def _is_applied(notes: list[dict[str, Any]], resolvable: list[dict[str, Any]]) -> bool:
    """Whether the first note's suggestion was applied.

    Before about 18.5 a note has no `suggestions` (absent in sources of 2025, present in the API's description of
    2026-02). Then what applying leaves behind shows it: GitLab resolves the thread in the person's name, and writes
    "changed this line in version 2 of the diff" into it in the same name, as soon as its queue gets to it.
    """
    if "suggestions" in notes[0]:
        return any(each.get("applied") for each in notes[0]["suggestions"] or ())
    if (
        not resolvable
        or not resolvable[0].get("resolved_at")
        or not _OFFERED.search(notes[0].get("body") or "")
    ):
        return False
    when, who = _time(resolvable[0]["resolved_at"]), user(resolvable[0].get("resolved_by") or {})
    return any(
        note.get("system")
        and user(note.get("author") or {}) == who
        and abs(when - _time(note["created_at"])) <= SOON
        for note in notes[1:]
    )


def _by_push(resolved: dict[str, Any], notes: list[dict[str, Any]]) -> bool:
    """Whether GitLab resolved it as outdated. The API does not say so; it names the one who pushed as the resolver.

    In the same moment GitLab writes "changed this line in version 2 of the diff" into the thread, in the same name
    (app/services/discussions/update_diff_position_service.rb, 2026-11).
    """
    if not resolved.get("resolved_at"):
        return False
    when, who = _time(resolved["resolved_at"]), user(resolved.get("resolved_by") or {})
    last = next((note for note in reversed(notes) if _time(note["created_at"]) <= when + SAME_MOMENT), None)
    if last is None or not last.get("system") or user(last.get("author") or {}) != who:
        return False
    return abs(when - _time(last["created_at"])) <= SAME_MOMENT


def _time(given: str) -> dt.datetime:
    return dt.datetime.fromisoformat(given)


def note_of(given: dict[str, Any]) -> Note:
    """One comment."""
    author = user(given.get("author") or {})
    return Note(
        given["id"],
        author.id,
        author.name,
        given.get("body") or "",
        system=bool(given.get("system")),
        internal=bool(given.get("internal") or given.get("confidential")),  # its name before GitLab 15.3
    )


def _position(given: dict[str, Any]) -> Position | None:
    if not given.get("new_path") and not given.get("old_path"):
        return None
    return Position(
        given.get("old_path") or given["new_path"],
        given.get("new_path") or given["old_path"],
        given.get("old_line"),
        given.get("new_line"),
    )


def position_body(position: Position, refs: DiffRefs) -> dict[str, Any]:
    """A position as GitLab wants it: an unchanged line needs both numbers, an added one only the new.

    A file as a whole has a type of its own, since GitLab 16.4 (docs.gitlab.com/api/discussions, 2026-11).
    """
    lines = {"old_line": position.old_line, "new_line": position.new_line}
    return {
        "position_type": "file" if position.is_of_file else "text",
        "base_sha": refs.base_sha,
        "start_sha": refs.start_sha,
        "head_sha": refs.head_sha,
        "old_path": position.old_path,
        "new_path": position.new_path,
        **{name: line for name, line in lines.items() if line is not None},
    }
