"""What git says of a checkout: its root, its files, its commits. Every call is a short git process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.errors import SealcheckError
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMEOUT_SECONDS: Final = 120
# SSH (git@host:group/app.git, ssh://git@host:22/group/app.git) and HTTP remotes, credentials left out.
_REMOTE: Final = regex(
    r"^(?:(?:https?|ssh|git)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/|(?:[^@/:]+@)?(?P<scp>[^/:]+):)(?P<path>.+?)(?:\.git)?/?$"
)


class GitFailed(SealcheckError):
    """Git could not answer; the message says what was asked, and git's own first line."""


class Remote(NamedTuple):
    """Where a checkout comes from; "" where that is not known."""

    host: str = ""
    path: str = ""


def ask(root: Path, *arguments: str) -> str:
    """What git prints. File names that are not UTF-8 keep their bytes (surrogateescape).

    Raises:
        GitFailed: git is missing, refuses or takes longer than two minutes.
    """
    return os.fsdecode(ask_bytes(root, *arguments))


def ask_bytes(root: Path, *arguments: str) -> bytes:
    """What git prints, as it is. Raises `GitFailed`."""
    import subprocess  # noqa: PLC0415 - outside of git nothing is asked

    # No optional locks: a scan must not disturb a git command that runs beside it.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - see the import
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            env=environment,
            timeout=_TIMEOUT_SECONDS,
        )
    except FileNotFoundError as error:
        raise GitFailed("git is not installed") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise GitFailed(f"git {arguments[0]}: {type(error).__name__}") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        raise GitFailed(f"git {arguments[0]}: {said or f'exit status {done.returncode}'}")
    return done.stdout


def toplevel(folder: Path) -> str | None:
    """The root of the checkout that `folder` is in, or None where it is in none (or there is no git)."""
    place = folder.resolve()
    if "GIT_DIR" not in os.environ and not any(
        os.path.lexists(each / ".git") for each in (place, *place.parents)
    ):
        return None
    try:
        return ask(folder, "rev-parse", "--show-toplevel").removesuffix("\n") or None
    except GitFailed:
        return None


def listed(root: Path) -> list[str]:
    """The tracked files and the new ones that are not ignored, as paths from the root."""
    return sorted(set(_words(ask(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))))


def commit_of(root: Path, revision: str) -> str:
    """The commit that `revision` names. Raises `GitFailed` in words for the user."""
    try:
        return ask(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        ).strip()
    except GitFailed as error:
        raise GitFailed(f"{revision!r} names no commit here (a shallow clone may lack it)") from error


def merge_base(root: Path, commit: str, other: str = "HEAD") -> str:
    """Where `other` left `commit`'s history, as GitLab compares; `commit` itself where they share none."""
    try:
        return ask(root, "merge-base", commit, other).strip()
    except GitFailed:
        return commit


def files_of(root: Path, commit: str) -> dict[str, str]:
    """The regular files of a commit: path to blob id."""
    files = {}
    for line in _words(ask(root, "ls-tree", "-r", "-z", "--full-tree", commit)):
        about, _, path = line.partition("\t")
        mode, _, blob = about.split(" ")
        if mode.startswith("100"):
            files[path] = blob
    return files


def blob(root: Path, name: str) -> bytes:
    """The bytes of a blob."""
    return ask_bytes(root, "cat-file", "blob", name)


def blob_size(root: Path, name: str) -> int:
    """How many bytes the blob has."""
    return int(ask(root, "cat-file", "-s", name))


def changes(root: Path, base: str, head: str | None = None) -> tuple[set[str], dict[str, str]]:
    """The paths that differ between `base` and `head` (None: the working tree), and new -> old of renamed ones."""
    heads = [head] if head is not None else []
    answer = _words(ask(root, "diff", "--name-status", "-z", "-M", "--no-ext-diff", base, *heads, "--"))
    changed: set[str] = set()
    renamed: dict[str, str] = {}
    for status in answer:
        path = next(answer)
        changed.add(path)
        if status[:1] in {"R", "C"}:
            old, path = path, next(answer)
            changed.add(path)
            if status[0] == "R":
                renamed[path] = old
    return changed, renamed


def remote(root: Path) -> Remote:
    """Host and path of the project, by the remote `origin`."""
    try:
        url = ask(root, "config", "--get", "remote.origin.url").strip()
    except GitFailed:
        return Remote()
    found = _REMOTE.match(url)
    return Remote(found["host"] or found["scp"], found["path"].lstrip("/")) if found else Remote()


def default_branch(root: Path) -> str | None:
    """The remote's default branch as the clone knows it, or None."""
    try:
        return (
            ask(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").strip().removeprefix("origin/")
        )
    except GitFailed:
        return None


def _words(answer: str) -> Iterator[str]:
    return iter([word for word in answer.split("\0") if word])
