"""The texts that a trust compares, as claims: what each could stand for, and texts like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.wildcards import instances
from bot.facts.cloud_trust import SUBJECT_COMPONENTS, SUBJECT_LEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.model import Hint

PATHS = tuple(name for name in SUBJECT_LEADERS if name.endswith("_path"))
IDS = tuple(name for name in SUBJECT_LEADERS if name.endswith("_id"))


class HintPieces:
    """The parts of all texts, each with the claim that it is compared with ("": any)."""

    def __init__(self, hints: tuple[Hint, ...]) -> None:
        self.every = [piece for hint in hints for piece in _pieces(hint)]

    def reads(self, *claims: str) -> bool:
        """Return whether a text is compared with one of the claims, also within a subject."""
        return any(claim in claims for claim, _, _ in self.every)

    def texts(self, *claims: str) -> Iterator[tuple[str, Hint]]:
        """Yield what is compared with one of the claims, or may be."""
        for claim, text, hint in self.every:
            if claim in claims or not claim:
                yield text, hint


def _pieces(hint: Hint) -> Iterator[tuple[str, str, Hint]]:
    """Yield the parts of a text that is compared with a claim: of a subject, its values by component."""
    if hint.claim != "sub":
        yield hint.claim, hint.text, hint
        return
    yield "sub", hint.text, hint
    words = hint.text.split(":")
    skip = False
    for index, word in enumerate(words):
        if skip:
            skip = False
        elif word in SUBJECT_COMPONENTS and index + 1 < len(words):
            yield word, words[index + 1], hint
            skip = True
        else:
            yield "", word, hint


def variants(
    text: str, hint: Hint, runs: tuple[str, ...], singles: tuple[str, ...] = ("x", "1")
) -> Iterator[str]:
    """Yield texts that the comparison could accept, and the text itself."""
    found = list(instances(text, runs, singles)) if hint.wildcards else [text]
    yield from found
    for base in found[:12] if hint.partial else ():
        core = base.strip("/")
        for run in runs:
            yield base + run
            yield core + run
            yield f"someone-else/{core}"
            yield f"other-{core}{run}"
            yield f"{run}{core}"
