"""Where a comment may be in a diff, and where it is after a push. GitLab's rules, read in its source."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tests.gitlab_double.errors import invalid
from tests.gitlab_double.git import DiffLine, FileDiff, Repository

if TYPE_CHECKING:
    from tests.gitlab_double.model import Limits, Position, Version

SHAS = ("base_sha", "start_sha", "head_sha")
TEXT_KEYS = {
    *SHAS,
    "position_type",
    "old_path",
    "new_path",
    "old_line",
    "new_line",
    "line_range",
    "ignore_whitespace_change",
}
RANGE_KEYS = {"line_code", "type", "old_line", "new_line"}
NO_LINE_CODE = 'Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'
INCOMPLETE = 'Note {:position=>["is incomplete"]}'


def check_shape(position: dict[str, Any]) -> Position:
    """The position as declared by the API; raises the 400 that Grape answers to a wrong shape."""
    for key in (*SHAS, "position_type"):
        if not position.get(key):
            raise invalid(f"position[{key}]", "is missing" if key not in position else "is empty")
    if position["position_type"] not in {"text", "image", "file"}:
        raise invalid("position[position_type]", "does not have a valid value")
    unknown = set(position) - TEXT_KEYS
    if unknown:
        raise invalid(f"position[{min(unknown)}]", "is unknown to the stand-in")
    for key in ("old_line", "new_line"):
        if position.get(key) is not None and (
            isinstance(position[key], bool) or not isinstance(position[key], int)
        ):
            raise invalid(f"position[{key}]")
    for end in ("start", "end"):
        bound = (position.get("line_range") or {}).get(end)
        if bound is not None and (not isinstance(bound, dict) or set(bound) - RANGE_KEYS):
            raise invalid(f"position[line_range][{end}]")
    return {
        **{key: position[key] for key in SHAS},
        "position_type": position["position_type"],
        "old_path": position.get("old_path"),
        "new_path": position.get("new_path"),
        "old_line": position.get("old_line"),
        "new_line": position.get("new_line"),
        "line_range": position.get("line_range"),
    }


def refusal(position: Position, repository: Repository, limits: Limits) -> str | None:
    """Why GitLab's models refuse the position (the text of its 400), None where it is."""
    text = position["position_type"] == "text"
    if not position["old_path"] or not position["new_path"]:
        return INCOMPLETE
    if text and position["old_line"] is None and position["new_line"] is None:
        return INCOMPLETE
    file = file_of(position, repository)
    if file is None:
        return NO_LINE_CODE
    if not text:
        return None
    if len(file.patch.encode()) > limits.diff_patch_bytes or line_of(position, file, repository) is None:
        return NO_LINE_CODE
    return None


def file_of(position: Position, repository: Repository) -> FileDiff | None:
    """The file of the position's own diff that it names, by both paths."""
    if not all(repository.has(position[key]) for key in SHAS):
        return None
    for file in repository.diff(position["base_sha"], position["head_sha"]):
        if (file.old_path, file.new_path) == (position["old_path"], position["new_path"]):
            return file
    return None


def line_of(position: Position, file: FileDiff, repository: Repository) -> DiffLine | None:
    """The line of the diff, unfolded where GitLab would unfold it."""
    old, new = position["old_line"], position["new_line"]
    for line in file.lines:
        if (line.old, line.new) == (old, new):
            return line
    if old is None or new is None or file.new_file or file.deleted_file or file.binary or not file.lines:
        return None
    blob = repository.blob(position["base_sha"], file.old_path) or b""
    if not 1 <= old <= _line_count(blob) or file.unfolded(old) != new:
        return None
    return DiffLine(" ", old, new, old, new, _lines(blob)[old - 1])


def line_code(path: str, line: DiffLine) -> str:
    """GitLab's name of a line of a diff."""
    digest = hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()
    return f"{digest}_{line.old_counter}_{line.new_counter}"


def trace(
    position: Position, old: Version, new: Version, repository: Repository
) -> tuple[Position | None, bool]:
    """(position in the new diff or in the diff that outdated it, whether it is outdated).

    A is the old base, B the old head, C the new base, D the new head; after GitLab's `PositionTracer::LineStrategy`.
    """
    paths = frozenset(
        {position["old_path"], position["new_path"]}
    )  # a rename is not seen: its new name is not in it
    before = repository.diff(old.head, new.head, paths)
    now = repository.diff(new.base, new.head, paths)
    bases = repository.diff(old.base, new.base, paths)
    if position["position_type"] != "text":
        return _trace_file(position, before, now, new)
    if position["old_line"] is None:
        return _trace_added(position, (old, new), (before, now, bases), repository)
    if position["new_line"] is None:
        return _trace_removed(position, (old, new), (before, now, bases))
    return _trace_unchanged(position, (old, new), (before, now, bases), repository)


Diffs = tuple[tuple[FileDiff, ...], tuple[FileDiff, ...], tuple[FileDiff, ...]]


def _trace_added(
    position: Position, versions: tuple[Version, Version], diffs: Diffs, repository: Repository
) -> tuple[Position | None, bool]:
    (old, new), (before, now, bases) = versions, diffs
    moved = _by_old(before, position["new_path"])
    path = moved.new_path if moved else position["new_path"]
    line = moved.old_to_new(position["new_line"]) if moved else position["new_line"]
    if line is None:
        return _placed(position, moved, (old.head, old.head, new.head), position["new_line"], None), True
    file = _by_new(now, path)
    base_line = file.new_to_old(line) if file else line
    if base_line is None:
        return _placed(position, file, _refs(new), None, line), False
    placed = _placed(position, file, _refs(new), base_line, line)
    if placed and file and line_of(placed, file, repository):
        return placed, False
    base_path = file.old_path if file else path
    return _placed(position, _by_new(bases, base_path), (old.base, old.base, new.base), None, base_line), True


def _trace_removed(
    position: Position, versions: tuple[Version, Version], diffs: Diffs
) -> tuple[Position | None, bool]:
    (old, new), (before, now, bases) = versions, diffs
    moved = _by_old(bases, position["old_path"])
    path = moved.new_path if moved else position["old_path"]
    line = moved.old_to_new(position["old_line"]) if moved else position["old_line"]
    if line is None:
        return _placed(position, moved, (old.base, old.base, new.base), position["old_line"], None), True
    file = _by_old(now, path)
    head_line = file.old_to_new(line) if file else line
    if head_line is None:
        return _placed(position, file, _refs(new), line, None), False
    head_path = file.new_path if file else path
    return _placed(
        position, _by_new(before, head_path), (old.head, old.head, new.head), None, head_line
    ), True


def _trace_unchanged(
    position: Position, versions: tuple[Version, Version], diffs: Diffs, repository: Repository
) -> tuple[Position | None, bool]:
    (old, new), (before, now, bases) = versions, diffs
    base_moved = _by_old(bases, position["old_path"])
    path = base_moved.new_path if base_moved else position["old_path"]
    base_line = base_moved.old_to_new(position["old_line"]) if base_moved else position["old_line"]
    moved = _by_old(before, position["new_path"])
    line = moved.old_to_new(position["new_line"]) if moved else position["new_line"]
    file = _by_old(now, path)
    if line is None:
        return _placed(position, moved, (old.head, old.head, new.head), position["new_line"], None), True
    if base_line is None:
        return _placed(position, file, _refs(new), None, line), False
    placed = _placed(position, file, _refs(new), base_line, line)
    if placed and file and line_of(placed, file, repository):
        return placed, False
    return None, True


def _trace_file(
    position: Position, before: tuple[FileDiff, ...], now: tuple[FileDiff, ...], new: Version
) -> tuple[Position | None, bool]:
    moved = _by_old(before, position["new_path"])
    file = _by_new(now, moved.new_path if moved else position["new_path"])
    if file is None or (moved and moved.deleted_file):
        return None, True
    return _placed(position, file, _refs(new), None, None), moved is not None


def _placed(
    position: Position, file: FileDiff | None, refs: tuple[str, str, str], old: int | None, new: int | None
) -> Position | None:
    if file is None:
        return None
    base, start, head = refs
    return {
        "base_sha": base,
        "start_sha": start,
        "head_sha": head,
        "position_type": position["position_type"],
        "old_path": file.old_path,
        "new_path": file.new_path,
        "old_line": old,
        "new_line": new,
        "line_range": position["line_range"],
    }


def _refs(version: Version) -> tuple[str, str, str]:
    return version.base, version.start, version.head


def _by_old(files: tuple[FileDiff, ...], path: str) -> FileDiff | None:
    return next((file for file in files if file.old_path == path and not file.new_file), None)


def _by_new(files: tuple[FileDiff, ...], path: str) -> FileDiff | None:
    return next((file for file in files if file.new_path == path and not file.deleted_file), None)


def _lines(blob: bytes) -> list[str]:
    return blob.decode(errors="replace").split("\n")


def _line_count(blob: bytes) -> int:
    lines = _lines(blob)
    return len(lines) - (lines[-1] == "")
