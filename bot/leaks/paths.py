"""Paths of the machine that runs a job, and which of them are files of the repository."""

from __future__ import annotations

from bot.leaks.sources import PROJECT_DIR


def repository_path(path: str) -> str | None:
    """The path in the repository of an absolute path, or None where it lies outside."""
    if path.startswith(PROJECT_DIR + "/"):
        return path[len(PROJECT_DIR) + 1 :]
    return None
