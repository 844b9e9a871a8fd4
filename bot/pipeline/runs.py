"""When a job can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.pipeline.model import Answer, When

if TYPE_CHECKING:
    from bot.documents.nodes import Mapping
    from bot.pipeline.model import Job
    from bot.snapshot import Project


def when_of(job: Job, root: Mapping, project: Project) -> When:
    """Unknown until the rules are read."""
    return When(Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN)
