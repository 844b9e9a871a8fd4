"""Logs.

One JSON object a line on stderr, scrubbed, with the delivery and the merge request they belong to.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import logging
import sys
import time
import traceback
from typing import TYPE_CHECKING

from bot.errors import described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.observability.scrubbing import Scrubber

_bound: contextvars.ContextVar[dict[str, str | int]] = contextvars.ContextVar("bound", default={})  # noqa: B039 - never mutated: bind() makes a new one


@contextlib.contextmanager
def bind(**fields: str | int) -> Iterator[None]:
    """Every line logged inside carries these fields: delivery, project_id, iid, head."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def bound() -> dict[str, str | int]:
    """The fields that lines logged here would carry."""
    return _bound.get()


class JsonLines(logging.Formatter):
    """One JSON object a line.

    JSON escapes line ends and control characters, so a name cannot forge a line.
    """

    def __init__(self, scrubber: Scrubber, component: str) -> None:
        super().__init__()
        self._scrubber = scrubber
        self._component = component

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        entry: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "component": self._component,
            "logger": record.name,
            "message": record.getMessage(),
            **_bound.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            _, problem, trace = record.exc_info
            entry["exception"] = described(problem) if problem else ""
            entry["frames"] = [
                f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(trace)
            ]
        return json.dumps(self._scrubber.tree(entry), ensure_ascii=True, default=str)


def configure(level: str, scrubber: Scrubber, component: str) -> None:
    """Sends all logs of this process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(scrubber, component))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("urllib3", "procrastinate", "sentry_sdk"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
