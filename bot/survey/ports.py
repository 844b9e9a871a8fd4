"""What a survey needs of GitLab and of the database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from bot.errors import SealcheckError
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.review.ports import Absent
    from bot.snapshot import Project

Record = dict[str, Any]
"""What is kept of one project: JSON, see `bot.survey.digest`."""


class ProjectUnreadable(SealcheckError):
    """GitLab does not show the project's repository: the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A project of the list. `activity` is GitLab's time of its last activity, as it writes it."""

    project: Project
    activity: str
    namespace_id: int | None = None
    web_url: str = ""

    @property
    def id(self) -> int:
        """Its number."""
        return self.project.id or 0

    def protected_by(self, patterns: tuple[str, ...] | None) -> Listed:
        """Return the project with these protected branches; None: not known."""
        return replace(self, project=replace(self.project, protected_refs=patterns or ()))


class Source(Protocol):
    """GitLab, one request at a time. May raise what a `Forge` raises."""

    def projects(self, group: str | None) -> Iterator[Listed]:
        """The projects that are not archived, by number: of a group with its subgroups, else all that the bot sees."""
        ...

    def head(self, project_id: int, branch: str) -> str | None:
        """The commit of a branch, None where there is none."""
        ...

    def paths(self, project_id: int, sha: str) -> tuple[str, ...]:
        """Every path of a commit. Raises ProjectUnreadable."""
        ...

    def text(self, project: int | str, path: str, ref: str) -> str | Absent:
        """A file at a commit or branch."""
        ...

    def protected(self, project_id: int) -> tuple[str, ...] | None:
        """Names and `*` patterns of the protected branches, None where the bot may not ask."""
        ...


@dataclass(frozen=True, slots=True)
class KnownProject:
    """What the database holds of a project. `surveyed`: seconds since 1970; `reason` is why it failed, else ""."""

    sha: str
    activity: str
    surveyed: int
    version: str
    reason: str
    attempts: int


class SurveyStore(Protocol):
    """Where a survey keeps what it found. Each call is durable when it returns."""

    def resume(self, scope: str, now: int) -> int:
        """The number of the run of this scope that has not ended, else of a new one."""
        ...

    def done(self, run: int) -> frozenset[int]:
        """The projects that this run has dealt with."""
        ...

    def known(self, project_id: int) -> KnownProject | None:
        """What is held of a project."""
        ...

    def begin(self, run: int, listed: Listed) -> None:
        """The project is about to be read: a process that dies at it leaves a trace."""
        ...

    def confirm(self, run: int, listed: Listed, now: int) -> None:
        """Nothing has changed there."""
        ...

    def keep(self, run: int, listed: Listed, sha: str, record: Record, now: int) -> None:
        """What was found there."""
        ...

    def fail(self, run: int, listed: Listed, reason: str, now: int) -> None:
        """It could not be surveyed; what was found there before is kept."""
        ...

    def finish(self, run: int, now: int) -> int:
        """The run has dealt with every project; how many that are no longer listed were forgotten."""
        ...
