"""Which lines of a merge request may carry a comment, and their partners on the other side.

GitLab refuses a position unless it is exact (docs.gitlab.com/api/discussions, checked 2026-11): an added line has a
new number only, a removed one an old number only, an unchanged one both, which differ where earlier hunks shifted it.
"""

from __future__ import annotations

import difflib
from bisect import bisect_right
from dataclasses import field
from typing import TYPE_CHECKING

from bot.documents.lines import split_lines
from bot.lazy import dataclass, regex
from bot.snapshot import FileChange
from bot.threads import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.snapshot import ChangedFile

_HUNK = regex(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")

_LIKE_A_HEADER = ("--- a", "--- /dev/null", "+++ a", "+++ b", "+++ /dev/null")


@dataclass(frozen=True, slots=True)
class SameLines:
    """Lines side by side: `count` lines from `old_start` and `new_start` (1-based) are the same on both sides."""

    old_start: int
    new_start: int
    count: int


@dataclass(frozen=True, slots=True)
class FileLines:
    """The lines of one changed file. `added` holds new line numbers (1-based); `runs` the unchanged ones."""

    old_path: str
    new_path: str
    change: FileChange
    added: frozenset[int]
    removed: frozenset[int]
    runs: tuple[SameLines, ...]
    miscounted: Mapping[int, tuple[int | None, int] | None] = field(default_factory=dict)
    """New line -> the numbers (old, new) by which GitLab knows it, where they are not git's; None: it has none."""
    too_large: bool = False

    def position(self, new_line: int) -> Position | None:
        """Where a comment on `new_line` is, or None where GitLab would refuse it."""
        if self.too_large:
            return None
        if new_line in self.miscounted:
            counted = self.miscounted[new_line]
            return Position(self.old_path, self.new_path, *counted) if counted else None
        if new_line in self.added:
            return Position(self.old_path, self.new_path, None, new_line)
        at = bisect_right(self.runs, new_line, key=lambda run: run.new_start) - 1
        if at < 0 or self.change is FileChange.ADDED or not (self.added or self.removed):
            return None  # a pure rename shows no lines at all
        run = self.runs[at]
        offset = new_line - run.new_start
        if offset >= run.count:
            return None
        return Position(self.old_path, self.new_path, run.old_start + offset, new_line)


class DiffLines:
    """All changed files of a merge request, by new path."""

    def __init__(self, files: Iterable[FileLines]) -> None:
        self._files = {each.new_path: each for each in files}

    def position(self, path: str, new_line: int) -> Position | None:
        """Where a comment on that line of the head goes, or None where it is off the diff."""
        found = self._files.get(path)
        return found.position(new_line) if found else None

    def whole(self, path: str) -> Position | None:
        """Where a comment on the file as a whole goes, or None where the diff does not have it."""
        found = self._files.get(path)
        if found is None or found.change is FileChange.DELETED:
            return None
        return Position(found.old_path, found.new_path, None, None)

    def added(self, path: str) -> frozenset[int]:
        """The numbers of the lines that the merge request adds or rewrites in `path`."""
        found = self._files.get(path)
        return found.added if found else frozenset()

    def __contains__(self, path: object) -> bool:
        return path in self._files


def file_lines(file: ChangedFile, old_text: str | None, new_text: str | None) -> FileLines:
    """The lines of one file: from GitLab's own diff, or from both texts where GitLab left the diff out.

    Also where its diff does not speak of `new_text`: a push between two requests. A diff of our own may pair unchanged
    lines otherwise than GitLab's, but an added line is safe in either.
    """
    new_lines = split_lines(new_text) if new_text is not None else None
    paths = file.old_path, file.new_path, file.change
    if file.diff is not None and (new_lines is None or _speaks_of(file.diff, new_lines)):
        walk = _from_diff(file.diff, len(new_lines) if new_lines is not None else None)
        added, removed = frozenset(walk.added), frozenset(walk.removed)
        return FileLines(*paths, added, removed, tuple(walk.runs), walk.miscounted)
    runs, added, removed = _from_texts(old_text or "", new_text or "")
    return FileLines(*paths, added, removed, runs, too_large=file.too_large)


@dataclass(slots=True)
class _Walk:
    """One walk through a diff.

    `old` and `new` are the next lines' numbers, 1-based; GitLab's are behind by `skipped_old` and `skipped_new`.
    """

    old: int = 1
    new: int = 1
    skipped_old: int = 0
    skipped_new: int = 0
    behind_unchanged: bool = False
    added: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    runs: list[SameLines] = field(default_factory=list)
    miscounted: dict[int, tuple[int | None, int] | None] = field(default_factory=dict)

    def enter(self, old_start: int, new_start: int) -> None:
        """A hunk begins: what lies in between is unchanged, and GitLab counts from the hunk's own numbers."""
        if new_start > self.new:
            self.runs.append(SameLines(self.old, self.new, new_start - self.new))
        self.old, self.new = old_start, new_start
        self.skipped_old = self.skipped_new = 0
        self.behind_unchanged = False

    def take(self, line: str) -> None:
        """One line of a hunk.

        Behind an unchanged line GitLab's parser takes one like a file header for such a header: it has no place, and
        is not counted (lib/gitlab/diff/parser.rb, run over diffs of git, 2026-11). SQL comments at column 0 are such.
        """
        sign = line[:1]
        if sign not in {"+", "-", " "}:
            return
        is_header = self.behind_unchanged and line.startswith(_LIKE_A_HEADER)
        self.behind_unchanged = is_header or sign == " "
        if sign != "-":
            self._place(is_added=sign == "+", is_header=is_header)
        if sign == "-":
            self.removed.add(self.old)
        self.old += sign != "+"
        self.new += sign != "-"
        self.skipped_old += is_header and sign == "-"
        self.skipped_new += is_header and sign == "+"

    def _place(self, *, is_added: bool, is_header: bool) -> None:
        if is_added:
            self.added.add(self.new)
        else:
            self.runs.append(SameLines(self.old, self.new, 1))
        old = None if is_added else self.old - self.skipped_old
        if is_header:
            self.miscounted[self.new] = None
        elif self.skipped_new or (self.skipped_old and not is_added):
            self.miscounted[self.new] = (old, self.new - self.skipped_new)


def _from_diff(diff: str, new_count: int | None) -> _Walk:
    walk = _Walk()
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            # "-3,0" and "+3,0" name the line before: the hunk starts behind it.
            walk.enter(int(hunk[1]) + (hunk[2] == "0"), int(hunk[3]) + (hunk[4] == "0"))
        else:
            walk.take(line)
    is_shifted = walk.skipped_old or walk.skipped_new
    # Behind the last hunk GitLab goes on counting from it; between two it starts from the second one's numbers.
    if (new_count is None or new_count >= walk.new) and not is_shifted:
        count = (new_count - walk.new + 1) if new_count is not None else 1 << 30
        walk.runs.append(SameLines(walk.old, walk.new, count))
    return walk


def _speaks_of(diff: str, new_lines: list[str]) -> bool:
    """Whether every line that the diff shows of its new side is there in `new_lines`."""
    new = 1
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            new = int(hunk[3]) + (hunk[4] == "0")
        elif line.startswith(("+", " ")):
            if new > len(new_lines) or new_lines[new - 1].rstrip("\r\n") != line[1:].rstrip("\r"):
                return False
            new += 1
    return True


def _from_texts(old: str, new: str) -> tuple[tuple[SameLines, ...], frozenset[int], frozenset[int]]:
    old_lines, new_lines = split_lines(old), split_lines(new)
    blocks = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_matching_blocks()
    runs = tuple(SameLines(block.a + 1, block.b + 1, block.size) for block in blocks if block.size)
    same_new = {run.new_start + n for run in runs for n in range(run.count)}
    same_old = {run.old_start + n for run in runs for n in range(run.count)}
    return (
        runs,
        frozenset(set(range(1, len(new_lines) + 1)) - same_new),
        frozenset(set(range(1, len(old_lines) + 1)) - same_old),
    )


def diff_lines(
    files: Iterable[ChangedFile], old_texts: Mapping[str, str], new_texts: Mapping[str, str]
) -> DiffLines:
    """The lines of every changed file; texts by path, where they were read."""
    return DiffLines(
        file_lines(file, old_texts.get(file.old_path), new_texts.get(file.new_path)) for file in files
    )
