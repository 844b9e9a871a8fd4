"""Paths of the machine that runs a job, and which of them are files of the repository."""

from __future__ import annotations

from typing import Final

from bot.lazy import regex
from bot.leaks.sources import PROJECT_DIR

ENVIRON: Final = regex(r"/proc/(?:self|thread-self|\d+|[*?]|\$\$)/environ$")
"""the file of Linux with the environment of a process (man 5 proc, 2026-11), `?` for a number that is not known"""


def repository_path(path: str) -> str | None:
    """The path in the repository of an absolute path, or None where it lies outside."""
    if path.startswith(PROJECT_DIR + "/"):
        return path[len(PROJECT_DIR) + 1 :]
    return None
