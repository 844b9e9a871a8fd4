"""What is to be seen of a subject before its rules are loaded, so that only those are which may speak of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.pipeline.model import Job
from bot.rules import HOLDS_SECRETS, SPEAKS_OF

if TYPE_CHECKING:
    from bot.repository import Repository


class Marks:
    """The marks of one subject: of a job the sinks of its leaks, and whether it has secrets or ID tokens."""

    def __init__(self, subject: object, repository: Repository) -> None:
        self._subject = subject
        self._repository = repository
        self._sinks: frozenset[str] | None = None

    def concern(self, rule_id: str) -> bool:
        """Whether the rule may speak of the subject."""
        mark = SPEAKS_OF.get(rule_id)
        return mark is None or self._has(mark)

    def _has(self, mark: str) -> bool:
        if not isinstance(self._subject, Job):
            return True
        if mark == HOLDS_SECRETS:
            return bool(self._subject.secrets or self._subject.id_tokens)
        if self._sinks is None:
            self._sinks = frozenset(leak.sink for leak in self._repository.leaks(self._subject))
        return mark in self._sinks
