"""Edits of a text inside a value, wherever the value is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.documents.splice import File

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.nodes import Scalar
    from bot.fixes import Edit


def replaced(text: str, scalar: Scalar, start: int, end: int, new: str) -> Edit | None:
    """Return the edit that writes `new` for the characters `start` to `end` (0-based) of a value of the file `text`.

    None where those characters are not written there as they are, e.g. through a variable or an escape, and where
    `new` would need one.
    """
    file = File(scalar.span.path, text)
    first = file.index(scalar.place(start))
    old = scalar.text[start:end]
    if text[first : first + len(old)] != old:
        return None
    opening = text[first - start - 1 : first - start] if start <= first - 1 else ""
    if any(char in new for char in ('"', "\\")) and opening == '"':
        return None
    if "'" in new and opening == "'":
        return None
    return file.splice(first, first + len(old), new)


def subject_edits(text: str, subjects: Iterable[Scalar], component: str) -> tuple[Edit, ...] | None:
    """Return the edits that append `component` to every subject; None where one does not end in a ref."""
    edits = []
    for subject in subjects:
        if ":ref:" not in subject.text or component.rpartition(":")[0] in subject.text:
            return None
        end = len(subject.text)
        edit = replaced(text, subject, end, end, component)
        if edit is None:
            return None
        edits.append(edit)
    return tuple(edits)
