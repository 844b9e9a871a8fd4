"""Words of a script as scalars: what the shell makes of them, each character with its place in the file."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.nodes import Scalar, Style
from bot.documents.shell_nodes import Literal
from bot.vault.values import UnknownValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.location import Place
    from bot.documents.shell_nodes import Part, Word
    from bot.vault.scripts import ShellText


def scalar_of(word: Word, script: ShellText) -> Scalar:
    """Return the text that the shell makes of the word, expansions as written, with the way back to the file.

    One with an expansion is an `UnknownValue`.
    """
    starts, sources, texts = [0], [0], []
    for part in word.parts:
        for text, source in _aligned(part, script.text):
            texts.append(text)
            sources.append(source)
            starts.append(starts[-1] + len(text))
    sources = sources[1:] or [word.start]

    def place(offset: int) -> Place:
        index = min(max(bisect_right(starts, offset) - 1, 0), len(sources) - 1)
        return script.place(sources[index] + offset - starts[index])

    text = "".join(texts)
    span = script.span(word.start, word.end)
    if word.literal is None:
        return UnknownValue(None, text, span, Style.PLAIN, None, place)
    return Scalar(text, text, span, Style.PLAIN, None, place)


def _aligned(part: Part, source: str) -> Iterator[tuple[str, int]]:
    """The runs of the part's text, each with the offset in `source` where it is written.

    Quotes, backslashes and the tabs that `<<-` strips are in the source and not in the text.
    """
    if not isinstance(part, Literal):
        yield source[part.start : part.end], part.start
        return
    at, start, run = part.start, part.start, 0
    for index, char in enumerate(part.text):
        if source[at : at + 1] != char:
            if index > run:
                yield part.text[run:index], start
            skipped = source.find(char, at, part.end)
            at = start = skipped if skipped >= 0 else at
            run = index
        at += 1
    if run < len(part.text):
        yield part.text[run:], start
