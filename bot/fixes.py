"""Edits of whole lines, and fixes made of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.documents.lines import split_lines
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


class EditConflict(ValueError):
    """Two edits touch the same lines, or an edit points outside its file."""


@dataclass(frozen=True, slots=True)
class Edit:
    r"""Replace the lines `start_line` to `end_line` (1-based, included) of `path` by `text`.

    `text` is whole lines with their endings; the last may lack one where it becomes the file's last line.
    An insertion before line n has `start_line = n` and `end_line = n - 1`. Empty text deletes.
    """

    path: str
    start_line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together.

    `cost` is one sentence: what no longer works, or else has to change with it, once the fix is applied; "" where it
    cannot change what a working job does.
    `otherwise` is the candidate to try where this one does not hold; a fix that was proven has none.
    """

    title: str
    edits: tuple[Edit, ...]
    cost: str = ""
    otherwise: Fix | None = None

    @property
    def safe(self) -> bool:
        """Whether it costs nothing, so that `--fix` applies it unasked."""
        return not self.cost


def apply_edits(text: str, edits: tuple[Edit, ...] | list[Edit]) -> str:
    """`text` after all `edits` (of one file), which must not overlap.

    Raises:
        EditConflict: two edits share a line, or one is outside the text.
    """
    lines = split_lines(text)
    last = len(lines) + 1
    for edit in sorted(edits, key=lambda e: (e.start_line, e.end_line), reverse=True):
        if not 1 <= edit.start_line <= edit.end_line + 1 <= len(lines) + 1 or edit.end_line >= last:
            raise EditConflict(
                f"{edit.path}:{edit.start_line}-{edit.end_line}: edits overlap or leave the file"
            )
        last = edit.start_line
        replacement = split_lines(edit.text)
        if replacement and edit.end_line < len(lines) and not replacement[-1].endswith("\n"):
            replacement[-1] += "\n"
        lines[edit.start_line - 1 : edit.end_line] = replacement
    return "".join(lines)


def apply_fix(files: Mapping[str, str], fix: Fix) -> dict[str, str]:
    """The files that `fix` changes, path to new text. Raises `EditConflict`, also for a file that is not there."""
    by_path: dict[str, list[Edit]] = defaultdict(list)
    for edit in fix.edits:
        by_path[edit.path].append(edit)
    changed: dict[str, str] = {}
    for path, edits in by_path.items():
        if path not in files:
            raise EditConflict(f"{path}: not a file of this snapshot")
        changed[path] = apply_edits(files[path], edits)
    return changed
