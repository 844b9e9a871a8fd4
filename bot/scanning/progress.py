"""A bar for people who wait: on a terminal only, and only once it takes longer than a moment."""

from __future__ import annotations

import time
from typing import Final, TextIO

PATIENCE_SECONDS: Final = 0.7
REFRESH_SECONDS: Final = 0.1
_WIDTH: Final = 30
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Draws on `stream`, and leaves no trace there."""

    def __init__(self, stream: TextIO, *, shown: bool) -> None:
        self._stream = stream
        self._shown = shown
        self._next = time.monotonic() + PATIENCE_SECONDS
        self._is_drawn = False

    def draw(self, done: int, of: int) -> None:
        """Show that `done` of `of` steps are done, unless that was shown a moment ago."""
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + REFRESH_SECONDS
        full = _WIDTH * done // max(of, 1)
        self._stream.write(f"{_CLEAR}[{'#' * full}{'.' * (_WIDTH - full)}] {100 * done // max(of, 1)} %")
        self._stream.flush()
        self._is_drawn = True

    def clear(self) -> None:
        """Take the bar away."""
        if self._is_drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._is_drawn = False
