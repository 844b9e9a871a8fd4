"""Suggestions in comments: how GitLab reads them, when they can be applied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.gitlab_double.model import Note, Suggestion
from tests.gitlab_double.positions import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES_EACH_WAY = 100
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$")
_INFO = re.compile(r"suggestion(?::(?P<range>\S*))?")
_RANGE = re.compile(r"(?:-(\d+))?(?:\+(\d+))?")


def blocks(body: str) -> Iterator[tuple[int, int, str]]:
    """(lines above, lines below, replacement text) of every suggestion block of a Markdown text.

    Fences as CommonMark reads them: closed by at least as many of the same character, or by the end of the text.
    """
    lines = body.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        at += 1
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
            continue
        content: list[str] = []
        while at < len(lines) and not _closes(lines[at], opening["fence"]):
            content.append(lines[at])
            at += 1
        at += 1
        info = _INFO.fullmatch(opening["info"].strip())
        if info is None:
            continue
        span = _RANGE.fullmatch(info["range"] or "")
        above, below = (min(int(number or 0), LINES_EACH_WAY) for number in span.groups()) if span else (0, 0)
        yield above, below, "".join(f"{line}\n" for line in content)


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return (
        len(line) - len(line.lstrip(" ")) <= 3 and len(stripped) >= len(fence) and set(stripped) == {fence[0]}
    )


def parse(note: Note, next_id: Iterator[int]) -> list[Suggestion]:
    """The suggestions of a published diff note; none where GitLab makes none (removed line, file note, no diff)."""
    position = note.position
    if (
        note.type != "DiffNote"
        or not position
        or position["position_type"] != "text"
        or not position["new_line"]
    ):
        return []
    merge_request = note.discussion.merge_request
    repository = merge_request.project.repository
    if position["head_sha"] != merge_request.version.head or file_of(position, repository) is None:
        return []
    content = (repository.blob(position["head_sha"], position["new_path"]) or b"").decode(errors="replace")
    lines = split_lines(content)
    found = []
    for above, below, text in blocks(note.body):
        first = max(1, position["new_line"] - above)
        last = min(len(lines), position["new_line"] + below)
        before = "".join(lines[first - 1 : last])
        found.append(Suggestion(next(next_id), note, above, below, before, text))
    return found


def split_lines(text: str) -> list[str]:
    """Lines with their ends, split at \\n only, as git and GitLab do."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def inapplicable_reason(suggestion: Suggestion) -> str | None:  # noqa: PLR0911 - one line for each of GitLab's reasons
    """GitLab's own words (app/models/suggestion.rb), None where the suggestion can be applied."""
    note = suggestion.note
    merge_request = note.discussion.merge_request
    if suggestion.applied:
        return "Can't apply this suggestion."
    if merge_request.state == "merged":
        return "This merge request was merged. To apply this suggestion, edit this file directly."
    if merge_request.state == "closed":
        return "This merge request is closed. To apply this suggestion, edit this file directly."
    head = merge_request.source_project.branches.get(merge_request.source_branch)
    if head is None:
        return "Can't apply as the source branch was deleted."
    position = note.position or {}
    active = position.get("head_sha") == merge_request.version.head
    if not active or current_lines(suggestion, head) != suggestion.from_content:
        lines = "this line was" if suggestion.from_line == suggestion.to_line else "these lines were"
        return f"Can't apply as {lines} changed in a more recent version."
    if replacement(suggestion) == suggestion.from_content:
        return "This suggestion already matches its content."
    if position["new_path"].endswith("ipynb"):
        return "This file was modified for readability, and can't accept suggestions. Edit it directly."
    return None


def current_lines(suggestion: Suggestion, head: str) -> str | None:
    """The text that the suggestion would replace now, at the place where GitLab has moved it."""
    position = suggestion.note.position or {}
    merge_request = suggestion.note.discussion.merge_request
    blob = merge_request.project.repository.blob(head, position.get("new_path") or "")
    if blob is None:
        return None
    lines = split_lines(blob.decode(errors="replace"))
    return "".join(lines[suggestion.from_line - 1 : suggestion.to_line])


def replacement(suggestion: Suggestion) -> str:
    """What will stand there: whole lines, with the line end of the last line replaced."""
    before = suggestion.from_content
    ending = "\r\n" if before.endswith("\r\n") else "\n" if before.endswith("\n") else ""
    if not suggestion.to_content.strip():
        return ""
    return suggestion.to_content.removesuffix("\n") + ending
