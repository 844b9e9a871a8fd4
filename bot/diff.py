"""Which lines of a merge request may carry a comment, and their partners on the other side.

GitLab refuses a position unless it is exact (docs.gitlab.com/api/discussions, checked 2026-11): an added line has a
new number only, a removed one an old number only, an unchanged one both, which differ where earlier hunks shifted it.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.documents.lines import split_lines
from bot.snapshot import Change
from bot.threads import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.snapshot import ChangedFile

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")

_LIKE_A_HEADER = ("--- a", "--- /dev/null", "+++ a", "+++ b", "+++ /dev/null")


@dataclass(frozen=True, slots=True)
class Run:
    """Lines side by side: `count` lines from `old_start` and `new_start` (1-based) are the same on both sides."""

    old_start: int
    new_start: int
    count: int


@dataclass(frozen=True, slots=True)
class FileLines:
    """The lines of one changed file. `added` holds new line numbers (1-based); `runs` the unchanged ones."""

    old_path: str
    new_path: str
    change: Change
    added: frozenset[int]
    removed: frozenset[int]
    runs: tuple[Run, ...]
    miscounted: frozenset[int] = frozenset()
    """New line numbers at which GitLab counts otherwise than git."""

    def position(self, new_line: int) -> Position | None:
        """Where a comment on `new_line` stands, or None where GitLab would refuse it."""
        if new_line in self.miscounted:
            return None
        if new_line in self.added:
            return Position(self.old_path, self.new_path, None, new_line)
        at = bisect_right(self.runs, new_line, key=lambda run: run.new_start) - 1
        if at < 0 or self.change is Change.ADDED or not (self.added or self.removed):
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
        """Where a comment on that line of the head stands, or None where it is off the diff."""
        found = self._files.get(path)
        return found.position(new_line) if found else None

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
    miscounted: frozenset[int] = frozenset()
    new_lines = split_lines(new_text) if new_text is not None else None
    if file.diff is not None and (new_lines is None or _speaks_of(file.diff, new_lines)):
        new_count = len(new_lines) if new_lines is not None else None
        runs, added, removed = _from_diff(file.diff, new_count)
        miscounted = _miscounted(file.diff, new_count)
    else:
        runs, added, removed = _from_texts(old_text or "", new_text or "")
    return FileLines(file.old_path, file.new_path, file.change, added, removed, runs, miscounted)


def _from_diff(diff: str, new_count: int | None) -> tuple[tuple[Run, ...], frozenset[int], frozenset[int]]:
    added, removed, runs = set(), set(), []
    old = new = 1
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            # "-3,0" and "+3,0" name the line before: the hunk starts behind it.
            old_start = int(hunk[1]) + (hunk[2] == "0")
            new_start = int(hunk[3]) + (hunk[4] == "0")
            if new_start > new:
                runs.append(Run(old, new, new_start - new))
            old, new = old_start, new_start
        elif line.startswith("+"):
            added.add(new)
            new += 1
        elif line.startswith("-"):
            removed.add(old)
            old += 1
        elif line.startswith(" "):
            runs.append(Run(old, new, 1))
            old, new = old + 1, new + 1
    if new_count is None or new_count >= new:
        runs.append(Run(old, new, (new_count - new + 1) if new_count is not None else 1 << 30))
    return tuple(runs), frozenset(added), frozenset(removed)


def _miscounted(diff: str, new_count: int | None) -> frozenset[int]:
    """Return the new lines whose numbers GitLab counts otherwise, from a line like a file header to the next hunk.

    Behind an unchanged line GitLab's parser takes such a line for a header and does not count it
    (lib/gitlab/diff/parser.rb, run over diffs of git, 2026-11). SQL comments at column 0 look like this.
    A removed one shifts only the old numbers, which an added line does not have.
    """
    found: set[int] = set()
    new = 1
    old_shifted = new_shifted = behind_unchanged = False
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            start = int(hunk[3]) + (hunk[4] == "0")
            if old_shifted or new_shifted:
                found.update(range(new, start))
            new, old_shifted, new_shifted, behind_unchanged = start, False, False, False
            continue
        header = behind_unchanged and line.startswith(_LIKE_A_HEADER)
        old_shifted |= header and line.startswith("-")
        new_shifted |= header and line.startswith("+")
        behind_unchanged = header or line.startswith(" ")
        if line.startswith(("+", " ")):
            if new_shifted or (old_shifted and line.startswith(" ")):
                found.add(new)
            new += 1
    if old_shifted or new_shifted:
        found.update(range(new, (new_count or 0) + 1))
    return frozenset(found)


def _speaks_of(diff: str, new_lines: list[str]) -> bool:
    """Whether every line that the diff shows of its new side stands there in `new_lines`."""
    new = 1
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            new = int(hunk[3]) + (hunk[4] == "0")
        elif line.startswith(("+", " ")):
            if new > len(new_lines) or new_lines[new - 1].rstrip("\r\n") != line[1:].rstrip("\r"):
                return False
            new += 1
    return True


def _from_texts(old: str, new: str) -> tuple[tuple[Run, ...], frozenset[int], frozenset[int]]:
    old_lines, new_lines = split_lines(old), split_lines(new)
    blocks = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_matching_blocks()
    runs = tuple(Run(block.a + 1, block.b + 1, block.size) for block in blocks if block.size)
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
