"""A text with parts of it replaced, each character still where it is in the file."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.nodes import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Sequence as Items

    from bot.documents.location import Place


def substituted(scalar: Scalar, parts: Iterable[tuple[int, int, str]], tag: str | None = None) -> Scalar:
    """The scalar with the text of each part, from start to end (0-based, in order), replaced."""
    pieces: list[tuple[int, int, bool]] = []  # start in the new text, start in the old, copied
    text = ""
    behind = 0
    for start, end, value in parts:
        pieces += [(len(text), behind, True), (len(text) + start - behind, start, False)]
        text += scalar.text[behind:start] + value
        behind = end
    pieces.append((len(text), behind, True))
    text += scalar.text[behind:]
    return Scalar(text, text, scalar.span, scalar.style, tag, _locator(scalar, pieces))


def _locator(scalar: Scalar, pieces: Items[tuple[int, int, bool]]) -> Callable[[int], Place]:
    starts = [piece[0] for piece in pieces]

    def locate(offset: int) -> Place:
        new, old, copied = pieces[max(bisect_right(starts, offset) - 1, 0)]
        return scalar.place(old + offset - new if copied else old)

    return locate
