"""What was read of a repository, frozen. Rules see nothing else: they never fetch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.lazy import dataclass

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A file of another project, as an include names it. `ref` is "" where the include names none."""

    project: str
    ref: str
    path: str


@dataclass(frozen=True, slots=True)
class Project:
    """What is known of the project; empty or None where it is not (a scan of a working tree knows little)."""

    id: int | None = None
    path: str = ""
    default_branch: str = "main"
    ci_config_path: str = ".gitlab-ci.yml"
    protected_refs: tuple[str, ...] = ()
    """Names and `*` patterns of refs known to be protected; empty: unknown, not "none"."""
    ci_files: tuple[str, ...] = ()
    """globs of further CI files, whatever their content looks like"""
    vault_files: tuple[str, ...] = ()
    """globs of further files that hold roles or policies"""
    max_ttl_seconds: int | None = None
    """the longest life that the policy allows a token; None: the rules' own limits"""
    vault_server: str = ""
    """the kind of server that the policy names: "vault", "openbao", or "" where it names none"""
    vault_version: str = ""
    """the version that the policy names, e.g. "1.21", or "" """
    archived: bool = False
    """nothing can be written there, and nothing changes"""
    resolves_outdated: bool = False
    """GitLab resolves a thread when a push changes its line"""
    host: str = ""
    """Host name of the GitLab that serves it, e.g. "gitlab.com"."""
    bot_level: int = 0
    """the bot's own access level there, 0: not known"""
    today: dt.date | None = None
    """the day of the judgement, in UTC; None: nothing has expired"""


class EntryPart(StrEnum):
    """What an entry of a running server is."""

    ROLE = "role"
    """of a JWT mount"""
    MOUNT = "mount"
    """a JWT mount's configuration"""
    POLICY = "policy"
    CEL_ROLE = "cel-role"
    """of an OpenBao JWT mount, whose program decides who logs in"""
    ENGINE = "engine"
    """a role of a secret engine"""
    LOGIN = "login"
    """a role of AppRole, or of the tokens' own mount"""
    AUDIT = "audit"
    """the list of all audit devices"""
    TUNING = "tuning"
    """how a mount of any type is tuned"""


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """What is at one path of a running Vault or OpenBao; its text is the JSON (of a policy: HCL) read there.

    `mount` and `name` as in the path, without namespace; `type` the mount's own ("jwt", "database").
    """

    part: EntryPart
    mount: str = ""
    name: str = ""
    type: str = ""
    default_lease_seconds: int = 0
    max_lease_seconds: int = 0
    """the leases that its mount is tuned to, 0 where it sets none"""


@dataclass(frozen=True, slots=True)
class Tree:
    """One side of a repository (the head or the base), as far as it was read.

    `files` maps paths (relative, "/" as separator) to text; it may be lazy. `listing` contains every path of the
    repository where that is known, else None: then a path that is in none of the three maps has not been asked for.
    """

    files: Mapping[str, str]
    unread: Mapping[str, str] = field(default_factory=dict)
    """path -> why it could not be read ("binary", "not UTF-8", "larger than 1 MiB", "refused by GitLab")"""
    absent: frozenset[str] = frozenset()
    """asked for, and known not to exist"""
    foreign: Mapping[ForeignFile, str] = field(default_factory=dict)
    foreign_unread: Mapping[ForeignFile, str] = field(default_factory=dict)
    listing: frozenset[str] | None = None
    project: Project = field(default_factory=Project)
    entries: Mapping[str, ServerEntry] = field(default_factory=dict)
    """which of `files` are no files but entries of a running server, and what they are"""
    kv2_mounts: frozenset[str] | None = None
    """the mounts that a running server lists as KV version 2; None where no server says"""

    def has(self, path: str) -> bool | None:
        """Whether `path` exists: True, False, or None where nobody asked."""
        if path in self.files or path in self.unread:
            return True
        if path in self.absent or self.listing is not None:
            return self.listing is not None and path in self.listing
        return None


class Overlaid(Mapping[str, str]):
    """`under` with some files replaced or added, and with the names limited to `only` where that is given.

    A name outside `only` is not listed, but is still read where a file names it (an include, a script).
    """

    def __init__(
        self, under: Mapping[str, str], over: Mapping[str, str], only: Iterable[str] | None = None
    ) -> None:
        self._under = under
        self._over = over
        self._names = dict.fromkeys([*(under if only is None else only), *over])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, path: str) -> str:
        return self._over[path] if path in self._over else self._under[path]


class FileChange(StrEnum):
    """What a merge request does to a file."""

    ADDED = "added"
    MODIFIED = "modified"
    RENAMED = "renamed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of the merge request's diff.

    `diff` is the unified diff (hunks only), None where GitLab sent none (collapsed, too large): then `bot.diff` works
    from the texts of both trees.
    """

    old_path: str
    new_path: str
    change: FileChange
    diff: str | None
    too_large: bool = False
    """GitLab shows no line of it, and takes no comment on one"""


@dataclass(frozen=True, slots=True)
class DiffRefs:
    """The three commits that GitLab wants in a position: merge base, target at the time, head."""

    base_sha: str
    start_sha: str
    head_sha: str
