"""How a scan is wanted, and what a checkout describes its project."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.lazy import dataclass
from bot.scanning import git
from bot.snapshot import Project

if TYPE_CHECKING:
    import datetime as dt

    from bot.analysis.policy import ReviewPolicy
    from bot.scanning.selection import Target


@dataclass(frozen=True, slots=True)
class Wish:
    """How a scan is wanted.

    `base` is the revision whose findings do not count, `commit` what to read instead of the working tree, `today`
    decides which ignores have expired.
    """

    today: dt.date
    base: str | None = None
    commit: str | None = None
    organisation: ReviewPolicy | None = None
    workers: int = 1
    """how many processes may work on it"""
    only: tuple[str, ...] = ()
    """the files whose findings matter, where more are asked for: the rest need not be judged"""


def workers_here() -> int:
    """Two where there are two processors to run on, else one."""
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        available = os.cpu_count() or 1
    return min(2, available)


def project_of(target: Target) -> Project:
    """What a checkout describes its project: little, and nothing outside of git."""
    if not target.in_git:
        return Project()
    host, path = git.remote(target.root)
    branch = git.default_branch(target.root) if host else None
    return Project(host=host, path=path, default_branch=branch or "main")
