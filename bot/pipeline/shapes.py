"""Parts of jobs that were not read: nothing is left out without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping
from bot.pipeline.jobs import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.pipeline.model import Job

_ELSEWHERE: Final = ("step", "action", "func")


def unread_parts(jobs: Iterable[Job]) -> Iterator[Unreadable]:
    """The steps of `run:` whose code is elsewhere."""
    for job in jobs:
        run = job.node.get("run")
        for step in flat(run) if run is not None else ():
            if isinstance(step, Mapping) and "script" not in step and any(key in step for key in _ELSEWHERE):
                yield Unreadable(
                    step.span.path, step.span.start_line, "this step comes from elsewhere and was not read"
                )
