"""From GitLab to a frozen snapshot: what changed, both sides of it, and what those need to be understood."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from bot.analysis.policy import REPOSITORY_FILE, ReviewPolicy, read_policy
from bot.diff import DiffLines, diff_lines
from bot.documents.globs import matches
from bot.documents.kinds import is_source, may_matter
from bot.documents.location import Unreadable
from bot.facts.secret_names import SPEAKS_OF_SECRETS
from bot.lazy import dataclass, regex
from bot.repository import Repository
from bot.review.ports import Absent
from bot.snapshot import ChangedFile, FileChange, ForeignFile, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.pipeline.model import Wanted
    from bot.review.ports import Changes, Forge, MergeRequest
    from bot.snapshot import Project

MAX_ROUNDS = 12
"""Includes of includes: deeper nesting is reported as not followed."""
MAX_READS = 200
"""Files read for one review beyond the changed ones; GitLab itself takes at most 150 includes."""
_PROSE = (".md", ".markdown", ".mdx", ".adoc", ".rst")
# Scripts that are sourced rather than run, and go by other names: `lib.bash-functions`, `common.inc`, `deploy.env`.
_SOURCED = regex(
    r"\.(?:(?:ba|da|k|z)?sh[-.]?\w*|bash[-.]\w+|inc|lib|func(?:tion)?s?|profile|env|rc)$", re.IGNORECASE
)
_VAULT_FIELDS = regex(
    r"bound_?(?:claims|audiences|subject)|user_?claim|capabilities|token_?(?:policies|period|(?:max_?)?ttl)|AuthBackend",
    re.IGNORECASE,
)
_VAULT_WORDS = regex(r"\b(?:vault|bao|openbao|bound_claims|capabilities|id_tokens|hvs\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A merge request at one head, frozen. `changed` are the files of the diff that were read."""

    mr: MergeRequest
    changed: tuple[ChangedFile, ...]
    complete: bool
    head: Repository
    base: Repository
    lines: DiffLines
    policy: ReviewPolicy
    proposed: ReviewPolicy | None = None
    """the policy with the merge request's own `.sealcheck.yml`, where it changes that file: shown, never applied"""

    @property
    def renamed_from(self) -> dict[str, str]:
        """New path -> old path of renamed files, which keep their fingerprints."""
        return {file.new_path: file.old_path for file in self.changed if file.change is FileChange.RENAMED}

    @property
    def is_incomplete_for_now(self) -> bool:
        """Whether GitLab could not give a file, which it may be able to later."""
        trees = (self.head.tree, self.base.tree)
        return any(
            why == Absent.FAILED
            for tree in trees
            for why in (*tree.unread.values(), *tree.foreign_unread.values())
        )

    @property
    def changed_paths(self) -> frozenset[str]:
        """Paths of the head that this merge request changes."""
        return frozenset(file.new_path for file in self.changed)


_MAY_HOLD_CREDENTIAL: Final = regex(rf"{SPEAKS_OF_SECRETS}|://[^\s/]*@|[A-Za-z0-9_-]{{20,}}")


def relevant(changes: Changes, policy: ReviewPolicy) -> tuple[ChangedFile, ...]:
    """The changed files that may matter: the policy names them, or their names and, for prose, their diffs do."""
    return tuple(file for file in changes.files if _may_matter(file, policy))


def _may_matter(file: ChangedFile, policy: ReviewPolicy) -> bool:
    named = (*policy.ci_files, *policy.vault_files)
    if any(matches(each, path) for each in named for path in {file.new_path, file.old_path}):
        return True
    if not (may_matter(file.new_path) or may_matter(file.old_path)):
        return _SOURCED.search(file.new_path) is not None
    if file.diff is None:
        return True
    if file.new_path.lower().endswith(_PROSE):
        return _VAULT_WORDS.search(file.diff) is not None
    if not is_source(file.new_path):
        return True
    return any(words.search(file.diff) is not None for words in (_MAY_HOLD_CREDENTIAL, _VAULT_FIELDS))


def take_snapshot(
    forge: Forge, mr: MergeRequest, changes: Changes, organisation: ReviewPolicy, policy: ReviewPolicy
) -> Snapshot:
    """Everything that the rules need of this merge request, whose `policy` is known. Reads only.

    Raises what the forge raises.
    """
    changed = relevant(changes, policy)
    project = policy.shaping(mr.project)
    reading = _Reading(forge, mr, changed, project, changes)
    head, base = reading.both()
    # A pipeline may have asked for more of the changed files: an include or a script of any name.
    changed = tuple(file for file in changes.files if file in changed or file.new_path in head.tree.files)
    proposed = _proposed(changed, head.tree)
    lines = diff_lines(changed, base.tree.files, head.tree.files)
    complete = changes.complete and not mr.truncated
    below = proposed.under(organisation) if proposed is not None else None
    return Snapshot(mr, changed, complete, head, base, lines, policy, below)


def policy_of(forge: Forge, mr: MergeRequest) -> ReviewPolicy:
    """The repository's policy, from a ref that the author does not own.

    That is the target branch where it is protected, else the default branch.
    """
    project = mr.project
    ref = project.default_branch
    if mr.target_branch != ref and project.id is not None:
        protected = forge.protected_refs(project.id)
        if any(_covers(pattern, mr.target_branch) for pattern in protected):
            ref = mr.target_branch
    text = forge.text(project.id or project.path, REPOSITORY_FILE, ref)
    if text is Absent.MISSING:
        return ReviewPolicy()
    if isinstance(text, Absent):
        return ReviewPolicy(problems=(Unreadable(REPOSITORY_FILE, 0, f"{text.value}; it does not count"),))
    return read_policy(REPOSITORY_FILE, text)


def _proposed(changed: Iterable[ChangedFile], head: Tree) -> ReviewPolicy | None:
    """The policy that the merge request leaves behind, where it changes, moves or deletes the file."""
    if all(REPOSITORY_FILE not in {file.old_path, file.new_path} for file in changed):
        return None
    if REPOSITORY_FILE in head.unread:
        return ReviewPolicy(problems=(Unreadable(REPOSITORY_FILE, 0, head.unread[REPOSITORY_FILE]),))
    return read_policy(REPOSITORY_FILE, head.files.get(REPOSITORY_FILE, ""))


def _covers(pattern: str, branch: str) -> bool:
    """GitLab's patterns of protected branches: `*` matches any run, slashes too."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), branch) is not None


@dataclass(slots=True)
class _Side:
    """What was read of one side so far."""

    ref: str
    files: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)

    def knows(self, path: str) -> bool:
        return path in self.files or path in self.unread or path in self.absent

    def keep(self, path: str, text: str | Absent) -> None:
        if text is Absent.MISSING:
            self.absent.add(path)
        elif isinstance(text, Absent):
            self.unread[path] = text.value
        else:
            self.files[path] = text


class _Reading:
    """Reads both sides. A file that the diff does not touch is the same on both, and is read once."""

    def __init__(
        self,
        forge: Forge,
        mr: MergeRequest,
        changed: tuple[ChangedFile, ...],
        project: Project,
        changes: Changes,
    ) -> None:
        self._forge = forge
        self._project = project
        self._changed = changed
        self._touched = {path for file in changes.files for path in (file.old_path, file.new_path)}
        self._every_change_known = changes.complete and not mr.truncated
        self._head = _Side(mr.refs.head_sha)
        self._base = _Side(mr.refs.base_sha)
        self._foreign: dict[ForeignFile, str] = {}
        self._foreign_unread: dict[ForeignFile, str] = {}
        self._patterns: set[str] = set()
        self._reads = 0

    def both(self) -> tuple[Repository, Repository]:
        """Head and base, as complete as they can be made."""
        for file in self._changed:
            if file.change is not FileChange.DELETED:
                self._read(self._head, file.new_path)
            else:
                self._head.absent.add(file.new_path)
            if file.change is not FileChange.ADDED:
                self._read(self._base, file.old_path)
            else:
                self._base.absent.add(file.old_path)
            if self._base.unread.get(file.old_path) == Absent.FAILED:
                # Else all that the target has already would look as if this merge request brought it.
                self._head.files.pop(file.new_path, None)
                self._head.unread.setdefault(file.new_path, Absent.FAILED)
        root = self._project.ci_config_path
        if "://" not in root and "@" not in root:
            self._add(self._head, root)
            self._add(self._base, root)
        base = self._complete(self._base, None)
        return self._complete(self._head, base), base

    def _complete(self, side: _Side, base: Repository | None) -> Repository:
        """The side's repository after reading what its pipelines want, round by round."""
        beside = base
        for _ in range(MAX_ROUNDS):
            repository = Repository(self._tree(side), base, beside)
            if not self._satisfy(side, repository.wanted):
                break
            beside = repository
        return repository

    def _satisfy(self, side: _Side, wanted: Iterable[Wanted]) -> bool:
        """Whether anything new was read."""
        before = self._reads
        for want in wanted:
            if self._reads >= MAX_READS:
                break
            if want.foreign is not None:
                self._read_foreign(want.foreign)
            elif want.pattern is not None:
                self._read_pattern(side, want.pattern)
            elif want.path is not None:
                self._add(side, want.path)
        return self._reads > before

    def _add(self, side: _Side, path: str) -> None:
        """Have `path` on this side: from the other one where the diff does not touch it, else read."""
        if side.knows(path):
            return
        other = self._base if side is self._head else self._head
        if self._every_change_known and path not in self._touched and other.knows(path):
            for kept, found in (
                (side.files, other.files),
                (side.unread, other.unread),
            ):
                if path in found:
                    kept[path] = found[path]
            if path in other.absent:
                side.absent.add(path)
            self._reads += 1
            return
        self._read(side, path)

    def _read(self, side: _Side, path: str) -> None:
        self._reads += 1
        project = self._project.id if self._project.id is not None else self._project.path
        side.keep(path, self._forge.text(project, path, side.ref))

    def _read_pattern(self, side: _Side, pattern: str) -> None:
        """The files of an include's glob: its folder is listed, and what fits is read."""
        mark = f"{side.ref}:{pattern}"
        if mark in self._patterns or self._project.id is None:
            return
        self._patterns.add(mark)
        self._reads += 1
        folder = pattern.lstrip("/").split("*", 1)[0].rpartition("/")[0]
        suffix = pattern.rpartition("*")[2]
        listed = self._forge.listing(self._project.id, folder, side.ref)
        if isinstance(listed, Absent):
            side.unread[pattern.lstrip("/")] = listed.value
            return
        for path in listed:
            if path.endswith(suffix) and self._reads < MAX_READS:
                self._add(side, path)

    def _read_foreign(self, file: ForeignFile) -> None:
        """A file of another project, with the bot's own rights: it is judged, never quoted."""
        if file in self._foreign or file in self._foreign_unread:
            return
        self._reads += 1
        text = self._forge.text(file.project, file.path, file.ref)
        if isinstance(text, Absent):
            self._foreign_unread[file] = text.value
        else:
            self._foreign[file] = text

    def _tree(self, side: _Side) -> Tree:
        return Tree(
            dict(side.files),
            dict(side.unread),
            frozenset(side.absent),
            dict(self._foreign),
            dict(self._foreign_unread),
            project=self._project,
        )
