"""Which repositories and which of their files a call names."""

from __future__ import annotations

import os
import re
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.documents.location import Unreadable
from bot.lazy import dataclass, regex
from bot.scanning import git
from bot.scanning.files import WorkingFiles, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

_HCL = regex(r'^\s*(?:path|resource|data|provider|module|variable)\s+"[^"\n]*"[^\n]*\{', re.MULTILINE)


@dataclass(slots=True)
class Target:
    """One repository: a git checkout, or a folder outside of git. `selected` None: all of it is asked for."""

    root: Path
    files: WorkingFiles
    in_git: bool
    selected: list[str] | None = field(default_factory=list)
    """paths from the root, of files and folders"""
    is_absolute: bool = False
    """the call names it by an absolute path, so the report does"""

    def selects(self, path: str) -> bool:
        """Whether the call asks for the file."""
        if self.selected is None:
            return True
        return any(path == chosen or path.startswith(chosen + "/") for chosen in self.selected)


def targets(paths: Iterable[str]) -> tuple[list[Target], list[Unreadable]]:
    """The repositories that the paths are in, and the paths that name nothing."""
    found: dict[Path, Target] = {}
    missing: list[Unreadable] = []
    for name in dict.fromkeys(paths):
        given = Path(name)
        if not os.path.lexists(given):
            missing.append(Unreadable(name, 0, "there is no such file or folder"))
            continue
        is_folder = given.is_dir()
        folder = given if is_folder else given.parent
        root = git.toplevel(folder)
        target = _target(
            Path(root) if root else folder.absolute(), found, in_git=root is not None, walks=is_folder
        )
        target.is_absolute |= given.is_absolute()
        # The parent is resolved, the file is not: a link is reported as a link.
        place = given.resolve() if is_folder else given.parent.resolve() / given.name
        inside = os.path.relpath(place, os.path.realpath(target.root)).replace(os.sep, "/")
        if inside == ".":
            target.selected = None
        elif target.selected is not None:
            target.selected.append(inside)
        if not is_folder:
            target.files.names.setdefault(inside)
    return list(found.values()), missing


def stdin_target(name: str | None, text: str) -> tuple[Target, str]:
    """The repository around `name` (`--stdin-filename`), or a tree of that one file; and the path in it.

    Without a name the text itself shows what it is; what it does not show is read as a pipeline.
    """
    if name is None:
        guess = _guess(text)
        return Target(Path.cwd(), WorkingFiles(Path.cwd(), []), in_git=False, selected=[guess]), guess
    given = Path(name)
    root = git.toplevel(given.parent) if given.parent.is_dir() else None
    if root is None:
        return Target(Path.cwd(), WorkingFiles(Path.cwd(), []), in_git=False, selected=[name]), name
    place = given.parent.resolve() / given.name
    inside = os.path.relpath(place, os.path.realpath(root)).replace(os.sep, "/")
    files = WorkingFiles(Path(root), git.listed(Path(root)))
    return Target(Path(root), files, in_git=True, selected=[inside]), inside


def _guess(text: str) -> str:
    """A file name that fits the text."""
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("#!"):
        return "stdin.sh"
    if start.startswith("{"):
        return "stdin.json"
    if _HCL.search(text):
        return "stdin.hcl"
    return ".gitlab-ci.yml"


def _target(root: Path, found: dict[Path, Target], *, in_git: bool, walks: bool) -> Target:
    known = found.get(root)
    if known is None:
        unread: dict[str, str] = {}
        names = git.listed(root) if in_git else (walk(root, unread) if walks else [])
        known = found[root] = Target(root, WorkingFiles(root, names, roam=not in_git), in_git)
        known.files.unread.update(unread)
    elif walks and not in_git:
        known.files.names.update(dict.fromkeys(walk(root, known.files.unread)))
    return known
