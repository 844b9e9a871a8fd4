"""A bar for people who wait: on a terminal only, and only once it takes longer than a moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TextIO

from bot.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.rule import Rule

PATIENCE_SECONDS: Final = 0.7
_WIDTH: Final = 30
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Draws on `stream` while the rules are handed out, and leaves no trace there."""

    def __init__(self, stream: TextIO, *, shown: bool) -> None:
        self._stream = stream
        self._shown = shown
        self._started = time.monotonic()

    def rules(self) -> Iterator[Rule]:
        """Every rule in order; each step moves the bar."""
        for number, rule in enumerate(ALL_RULES):
            self._draw(number, rule.id)
            yield rule
        self.clear()

    def _draw(self, number: int, name: str) -> None:
        if self._shown and time.monotonic() - self._started > PATIENCE_SECONDS:
            full = _WIDTH * number // len(ALL_RULES)
            self._stream.write(f"{_CLEAR}[{'#' * full}{'.' * (_WIDTH - full)}] {name}")
            self._stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._stream.write(_CLEAR)
            self._stream.flush()
