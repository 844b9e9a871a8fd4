"""Durations as GitLab reads them: `1h 30m`, `2 hours and 5 minutes`, `1:30:00`, a bare number of seconds.

After the gem `gitlab-chronic-duration` 0.12 (read 2026-11). A text whose words it may know by spelling out numbers
("two days") is taken for a duration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.validation.values import is_string

if TYPE_CHECKING:
    from bot.documents.nodes import Node

WEEK: Final = 7 * 24 * 3600
LONGEST_JOB_SECONDS: Final = 2_629_746
"""A month as Rails counts it: a twelfth of a year (gitlabhq `Project::MAX_BUILD_TIMEOUT`, 2026-11)"""
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "seconds": ("seconds", "second", "secs", "sec", "s"),
    "minutes": ("minutes", "minute", "mins", "min", "m"),
    "hours": ("hours", "hour", "hrs", "hr", "h"),
    "days": ("days", "day", "dy", "d"),
    "weeks": ("weeks", "week", "wks", "wk", "w"),
    "months": ("months", "month", "mos", "mo"),
    "years": ("years", "year", "yrs", "yr", "y"),
}
_UNITS: Final = {name: unit for unit, names in _NAMES.items() for name in names}
_DAY: Final = 24 * 3600
_SECONDS: Final = {
    "seconds": 1, "minutes": 60, "hours": 3600, "days": _DAY, "weeks": WEEK, "months": 30 * _DAY, "years": 31_557_600,
}  # fmt: skip
_OF_A_CLOCK: Final = ("seconds", "minutes", "hours", "days", "months", "years")
_JOINED: Final = frozenset({"and", "with", "plus"})
_NUMBER_WORDS: Final = regex(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
    r"|[mb]illion|half|quarter|third|fourth|fifth)s?\b"
)
_HYPHEN: Final = regex(r"(?<=\D)-(?=\D)")
_NUMBER_PATTERN: Final = r"[0-9]*\.?[0-9]+"
_NUMBER: Final = regex(_NUMBER_PATTERN)
_CLOCK: Final = regex(rf"{_NUMBER_PATTERN}(?::{_NUMBER_PATTERN})+")


def is_duration(node: Node | None) -> bool:
    """Whether GitLab reads it as a duration."""
    return is_string(node) and seconds_of(node.text) != 0


def seconds_of(text: str) -> float | None:
    """How long it is; 0 where it is no duration, None where that cannot be reported."""
    lower = _HYPHEN.sub(" ", text.lower())
    if _NUMBER_WORDS.search(lower):
        return None
    compact = lower.replace(" ", "")
    if _CLOCK.search(compact):
        fields = compact.split(":")
        if len(fields) > len(_OF_A_CLOCK):
            return None
        units = reversed(_OF_A_CLOCK[: len(fields)])
        lower = " ".join(f"{field} {unit}" for field, unit in zip(fields, units, strict=True))
    words = _words_of(_NUMBER.sub(r" \g<0> ", lower))
    if words is None:
        return 0
    total = 0.0
    for word, unit in zip(words, [*words[1:], "seconds"], strict=False):
        number = _NUMBER.search(word)
        if number is not None:
            total += float(number[0]) * _SECONDS.get(unit, 0)
    return total


def _words_of(text: str) -> list[str] | None:
    """The numbers and units of a text; None where there is a word that is neither."""
    words: list[str] = []
    for word in text.split():
        bare = word.removeprefix(",").removesuffix(",")
        if _NUMBER.search(word):
            words.append(word)
        elif bare in _UNITS:
            words.append(_UNITS[bare])
        elif bare not in _JOINED:
            return None
    # "day" is one day.
    return ["1", *words] if words and words[0] in _SECONDS else words
