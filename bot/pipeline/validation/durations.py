"""Durations as GitLab reads them: `1h 30m`, `2 hours and 5 minutes`, `1:30:00`, a bare number of seconds.

After the gem `gitlab-chronic-duration` 0.12 (read 2026-11). A text whose words it may know by spelling out numbers
("two days") is taken for a duration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.validation.values import is_string

if TYPE_CHECKING:
    from bot.documents.nodes import Node

WEEK: Final = 7 * 24 * 3600
MONTH: Final = 30 * 24 * 3600
_UNITS: Final[dict[str, float]] = {
    **dict.fromkeys(("seconds", "second", "secs", "sec", "s"), 1),
    **dict.fromkeys(("minutes", "minute", "mins", "min", "m"), 60),
    **dict.fromkeys(("hours", "hour", "hrs", "hr", "h"), 3600),
    **dict.fromkeys(("days", "day", "dy", "d"), 24 * 3600),
    **dict.fromkeys(("weeks", "week", "wks", "wk", "w"), WEEK),
    **dict.fromkeys(("months", "month", "mos", "mo"), MONTH),
    **dict.fromkeys(("years", "year", "yrs", "yr", "y"), 365.25 * 24 * 3600),
}
_JOINED: Final = frozenset({"and", "with", "plus"})
_NUMBER_WORDS: Final = regex(
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|a|an"
    r"|half|quarter|third|fourth|fifth)s?"
)
_CLOCK: Final = regex(r"\d+(?::\d+(?:\.\d+)?){1,4}")
_PART: Final = regex(r"\d*\.?\d+|[a-z]+")


def is_duration(node: Node | None) -> bool:
    """Whether GitLab reads it as a duration."""
    return is_string(node) and seconds_of(node.text) != 0


def seconds_of(text: str) -> float | None:
    """How long it is; 0 where it is no duration, None where that cannot be reported."""
    lower = text.lower().strip()
    if _CLOCK.search(lower):
        return None
    parts = [part for part in _PART.findall(lower) if part not in _JOINED]
    if "".join(_PART.findall(lower)) != re.sub(r"\s+", "", lower):
        return None
    total = 0.0
    for part, unit in zip(parts, [*parts[1:], "seconds"], strict=False):
        if part[-1].isdigit():
            total += float(part) * _UNITS.get(unit, 0)
        elif _NUMBER_WORDS.fullmatch(part):
            return None
        elif part not in _UNITS:
            return 0
    return total
