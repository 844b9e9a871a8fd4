"""What was found in a job is kept for its like: for jobs of one template, and for the other side of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.leaks.analysis import Followed
    from bot.pipeline.model import Job


class Following:
    """Follows the secrets of jobs through the scripts of `files`.

    `beside` is another state of the same repository: what was found there holds here for a job that is the same. Two
    jobs are the same for this when their scripts are the same nodes of the same parsed files, and all else that
    counts is equal (see `_likeness`).
    """

    def __init__(self, files: Mapping[str, str], beside: Following | None = None) -> None:
        self._files = files
        self.beside = beside
        self.known: dict[tuple[object, ...], Followed] = {}

    def of(self, job: Job) -> Followed:
        """What following the secrets of `job` finds."""
        likeness = _likeness(job)
        known = self.known.get(likeness) or self._found_beside(likeness)
        if known is None:
            from bot.leaks.analysis import follow  # noqa: PLC0415 - a file without jobs pays for none of it

            known = follow(job, self._files)
            if known.holds_files:
                return known  # which of them are uploaded is another matter in each job
        self.known[likeness] = known
        return known

    def _found_beside(self, likeness: tuple[object, ...]) -> Followed | None:
        """What is known from there, where the scripts that the job runs are the same here."""
        beside = self.beside
        while beside is not None:
            known = beside.known.get(likeness)
            if known is not None and all(self._files.get(path) == text for path, text in known.asked.items()):
                return known
            beside = beside.beside
        return None


def _likeness(job: Job) -> tuple[object, ...]:
    """All that `follow` reads of a job but what it uploads: equal for jobs whose secrets take the same way.

    Scripts go by their nodes, which are equal to themselves alone: their text, and where each character is.
    """
    return (
        tuple((line.section, line.scalar) for line in job.scripts),
        tuple((name, variable.value) for name, variable in job.variables.items()),
        tuple((name, token.audiences, token.entry.span) for name, token in job.id_tokens.items()),
        tuple((name, secret.is_file, secret.entry.span) for name, secret in job.secrets.items()),
    )
