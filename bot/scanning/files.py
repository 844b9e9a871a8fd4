"""The files of a working tree or a commit as lazy mappings, path to text, and why some have none."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from bot.documents.kinds import OURS, is_named_for_its_kind, kind_of
from bot.scanning import git

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_FILE_BYTES: Final = 1 << 20
"""As on GitLab's side of the bot; GitLab itself refuses a pipeline of more than 2 MiB (2026-11)."""
_HEAD_BYTES: Final = 200_000
_SHEBANG: Final = (b"#!", b"\xef\xbb\xbf#!")
# What is in them was made by a program, and is made again: a virtual environment (PEP 405), a cache
# (bford.info/cachedir; both read 2026-11).
_MADE_FOLDERS: Final = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
_SKIPPED_FOLDERS: Final = frozenset({".git", ".hg", ".svn", ".terraform", ".tox", ".venv", "node_modules"})
# Suffixes that everybody's files have: one that cannot be read is only reported where it looks like one of ours.
_EVERYDAY_SUFFIXES: Final = (".json", ".md", ".markdown", ".mdx", ".adoc", ".rst")


def _is_program(path: str) -> bool:
    """Whether the file has no suffix and no name of a settings file: ours only where it begins as a script does."""
    return "." not in path.rsplit("/", 1)[-1] and not is_named_for_its_kind(path)


class Texts(Mapping[str, str]):
    """What working trees and commits share: each file is read once, when somebody asks.

    Iterating gives the names and reads nothing. `unread` shows why a file has no text: that file is checked by
    nobody and must be reported. `passed_over` are large or binary files that do not look like one of ours.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = dict.fromkeys(names)
        self.unread: dict[str, str] = {}
        self.passed_over: dict[str, str] = {}
        self._read: dict[str, str | None] = {}

    @property
    def looked_up(self) -> tuple[str, ...]:
        """The paths that somebody has asked for so far, also of files that are not there."""
        return tuple(self._read)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, path: str) -> str:
        if path not in self._read:
            self._read[path] = self._text(path)
        text = self._read[path]
        if text is None:
            raise KeyError(path)
        return text

    def _text(self, path: str) -> str | None:
        if not self._knows(path):
            return None
        try:
            content, whole = self._bytes(path, limit=MAX_FILE_BYTES)
        except _NotOurs:
            return None
        except OSError as error:
            self.unread[path] = _why(error)
            return None
        if not whole:
            self._refuse(
                path, content, f"it is larger than {MAX_FILE_BYTES >> 20} MiB; split it or move it away"
            )
            return None
        return self._decoded(path, content)

    def _decoded(self, path: str, content: bytes) -> str | None:
        try:
            return content.decode()
        except UnicodeDecodeError:
            is_binary = b"\0" in content[:_HEAD_BYTES]
            if is_named_for_its_kind(path) and not is_binary:
                return content.decode("latin-1")  # as Java writes properties
            what = "it is binary" if is_binary else "it is not UTF-8; save it as UTF-8"
            self._refuse(path, content, what)
            return None

    def _refuse(self, path: str, content: bytes, why: str) -> None:
        """Tell of an unreadable file: loudly, unless it is of an everyday kind and does not look like ours."""
        head = content[:_HEAD_BYTES].decode(errors="replace")
        everyday = path.lower().endswith(_EVERYDAY_SUFFIXES) or is_named_for_its_kind(path)
        if everyday and kind_of(path, head) not in OURS:
            self.passed_over[path] = why
        else:
            self.unread[path] = why

    def _knows(self, path: str) -> bool:
        return path in self.names

    def _bytes(self, path: str, limit: int) -> tuple[bytes, bool]:
        """The file's first `limit` bytes, and whether that is all of it."""
        raise NotImplementedError


class _NotOurs(Exception):
    """Nothing to read and nothing to report: a folder, a program without a suffix, a file that is gone."""


class WorkingFiles(Texts):
    """The files of a folder as they lie there now. `roam`: files that are not listed may be read where named."""

    def __init__(self, root: Path, names: Iterable[str], *, roam: bool = False) -> None:
        super().__init__(names)
        self.root = root
        self._base = os.fspath(root)
        self._roam = roam

    def _knows(self, path: str) -> bool:
        if path in self.names:
            return True
        return self._roam and bool(path) and ".." not in path.split("/") and not path.startswith("/")

    def _bytes(self, path: str, limit: int) -> tuple[bytes, bool]:
        full = os.path.join(self._base, path)
        status = self._status(path, full)
        size = status.st_size
        if size > limit:
            limit = _HEAD_BYTES
        # Not blocking: what became a FIFO in between must not hang the scan.
        descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
        try:
            if _is_program(path):
                start = os.read(descriptor, 5)
                if not start.startswith(_SHEBANG):
                    raise _NotOurs
                return start + _read(descriptor, limit), size <= MAX_FILE_BYTES
            return _read(descriptor, limit), size <= MAX_FILE_BYTES
        finally:
            os.close(descriptor)

    def _status(self, path: str, full: str) -> os.stat_result:
        listed = path in self.names
        try:
            status = os.lstat(full)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise _NotOurs from error
        if stat.S_ISLNK(status.st_mode):
            target = os.path.realpath(full)
            if not os.path.exists(target):
                raise OSError(errno.ENOENT, "broken link") if listed else _NotOurs
            if os.path.isdir(target):
                raise _NotOurs
            if not target.startswith(os.path.join(os.path.realpath(self._base), "")):
                raise OSError(errno.EXDEV, "link out of the tree")
            if os.path.relpath(target, os.path.realpath(self._base)) in self.names:
                raise _NotOurs
            status = os.stat(full)
        if stat.S_ISDIR(status.st_mode):
            raise _NotOurs
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        return status


class CommitFiles(Texts):
    """The files of one commit. Texts of `same` (paths that do not differ there) are taken from `beside`."""

    def __init__(
        self, root: Path, commit: str, beside: Texts | None = None, changed: Iterable[str] = ()
    ) -> None:
        self._blobs = git.files_of(root, commit)
        super().__init__(sorted(self._blobs))
        self._root = root
        self._beside = beside
        self._changed = frozenset(changed)

    def _text(self, path: str) -> str | None:
        if self._beside is not None and path in self._blobs and path not in self._changed:
            return self._beside.get(path)
        return super()._text(path)

    def _bytes(self, path: str, limit: int) -> tuple[bytes, bool]:
        name = self._blobs[path]
        try:
            if git.blob_size(self._root, name) > limit:
                return b"", False
            content = git.blob(self._root, name)
        except git.GitFailed as error:
            raise OSError(errno.EIO, str(error)) from error
        if _is_program(path) and not content.startswith(_SHEBANG):
            raise _NotOurs
        return content, True


def walk(root: Path, unread: dict[str, str]) -> list[str]:
    """The files below `root`, sorted; folders that cannot be opened go into `unread`.

    All of them, as in a checkout of git: the policy may name files that no name gives away. Virtual environments and
    caches below it are left out, as git leaves them out.
    """
    base = os.fspath(root)
    found = []

    def refused(error: OSError) -> None:
        unread[os.path.relpath(error.filename, base)] = f"the folder cannot be opened ({_why(error)})"

    for folder, folders, names in os.walk(base, onerror=refused):
        if folder != base and not _MADE_FOLDERS.isdisjoint(names):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        inside = os.path.relpath(folder, base)
        prefix = "" if inside == "." else inside.replace(os.sep, "/") + "/"
        found += [prefix + name for name in names]
    return sorted(found)


def _read(descriptor: int, limit: int) -> bytes:
    pieces = []
    while limit > 0 and (piece := os.read(descriptor, min(limit, 1 << 20))):
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


_REASONS: Final = {
    errno.EACCES: "no permission; make it readable",
    errno.EPERM: "no permission; make it readable",
    errno.ELOOP: "its links go in a circle",
    errno.EXDEV: "it is a link to a place outside; links are not followed there",
}


def _why(error: OSError) -> str:
    if error.strerror in {"broken link", "no regular file"}:
        return {
            "broken link": "it is a link to nothing; mend or remove it",
            "no regular file": "it is no regular file (a pipe, a socket or a device)",
        }[error.strerror]
    return _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
