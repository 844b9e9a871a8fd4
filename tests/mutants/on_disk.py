"""Try a mutant with the change in the file, in a copy of the project: every process that the tests start has it."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.mutants.points import Point, mutated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SECONDS = 900
_MOST_TESTS = 400
_UNNEEDED = shutil.ignore_patterns(
    ".git", ".venv", ".cache", "build", "dist", "*.egg-info", "__pycache__", ".*_cache"
)


def copied(root: Path, folder: Path) -> Path:
    """A copy of what the tests need."""
    copy = folder / "copy"
    shutil.copytree(root, copy, ignore=_UNNEEDED)
    if (root / ".cache").exists():
        (copy / ".cache").symlink_to((root / ".cache").resolve())
    return copy


def lives_on_disk(point: Point, tests: Sequence[str], root: Path, copy: Path) -> bool:
    """Whether `tests` pass with the change."""
    file = copy / point.path
    unchanged = file.read_text(encoding="utf-8")
    file.write_text(ast.unparse(mutated(point, root)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        found = subprocess.run(
            [*command, *tests[:_MOST_TESTS]],
            cwd=copy,
            env=environment,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        file.write_text(unchanged, encoding="utf-8")
    return found.returncode == 0
