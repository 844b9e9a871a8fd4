"""A project's default branch as a repository: the files that can matter, and what its pipelines ask for."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING

from bot.analysis.policy import REPOSITORY_FILE, ReviewPolicy, read_policy
from bot.documents.kinds import is_source, may_matter
from bot.lazy import dataclass, regex
from bot.repository import Repository
from bot.review.ports import Absent
from bot.snapshot import ForeignFile, Tree
from bot.survey.owners import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.pipeline.model import Wanted
    from bot.survey.ports import Listed, Source

MAX_ROUNDS = 12
"""Includes of includes: deeper nesting is reported as not followed."""
LIMIT = "beyond the limit of files that a survey reads of one project (--max-files)"
_LIKELY = regex(
    r"vault|bao|polic|role|iam|oidc|trust|wif|workload|federat|identit|secret|terraform|infra|\.hcl$|\.tf$|\.tofu$|\.bicep$",
    re.IGNORECASE,
)
_PROSE = regex(r"\.(?:md|markdown|mdx|adoc|rst)$", re.IGNORECASE)


@dataclass(slots=True)
class StandingFinding:
    """What is on a default branch. `owners`: the text of CODEOWNERS, "" without; `beyond`: files left out."""

    repository: Repository
    policy: ReviewPolicy
    owners: str = ""
    beyond: int = 0


@dataclass(slots=True)
class _Reader:
    source: Source
    listed: Listed
    sha: str
    most: int
    listing: frozenset[str] = frozenset()
    files: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    foreign: dict[ForeignFile, str] = field(default_factory=dict)
    foreign_unread: dict[ForeignFile, str] = field(default_factory=dict)
    reads: int = 0

    def read(self, path: str) -> None:
        """Have the file, where it is there and the limit allows it."""
        if path in self.files or path in self.unread or path not in self.listing:
            return
        if self.reads >= self.most:
            self.unread[path] = LIMIT
            return
        self.reads += 1
        text = self.source.text(self.listed.id, path, self.sha)
        if isinstance(text, Absent):
            self.unread[path] = text.value
        else:
            self.files[path] = text

    def read_foreign(self, file: ForeignFile) -> None:
        """Have a file of another project, with the bot's own rights."""
        if file in self.foreign or file in self.foreign_unread or self.reads >= self.most:
            return
        self.reads += 1
        text = self.source.text(file.project, file.path, file.ref)
        if isinstance(text, Absent):
            self.foreign_unread[file] = text.value
        else:
            self.foreign[file] = text

    def satisfy(self, wanted: Iterable[Wanted]) -> bool:
        """Whether anything new was read."""
        before = self.reads
        for want in wanted:
            if want.foreign is not None:
                self.read_foreign(want.foreign)
            elif want.pattern is not None:
                suffix = want.pattern.rpartition("*")[2]
                folder = want.pattern.lstrip("/").split("*", 1)[0].rpartition("/")[0]
                for path in sorted(self.listing):
                    if path.startswith(folder) and path.endswith(suffix):
                        self.read(path)
            elif want.path is not None:
                self.read(want.path)
        return self.reads > before


def read_standing(
    source: Source, listed: Listed, sha: str, organisation: ReviewPolicy, most_files: int
) -> StandingFinding:
    """Everything that the rules need of a default branch. Raises what the source raises."""
    reader = _Reader(source, listed, sha, most_files, frozenset(source.paths(listed.id, sha)))
    reader.read(REPOSITORY_FILE)
    owners = next((path for path in PLACES if path in reader.listing), None)
    if owners is not None:
        reader.read(owners)
    own = reader.files.get(REPOSITORY_FILE)
    policy = (read_policy(REPOSITORY_FILE, own) if own is not None else ReviewPolicy()).under(organisation)
    root = listed.project.ci_config_path
    if "://" not in root and "@" not in root:
        reader.read(root)
    ranked = sorted(filter(may_matter, reader.listing), key=lambda path: (_rank(path), path))
    for path in ranked:
        if _PROSE.search(path) is None:
            reader.read(path)
    project = replace(policy.shaping(listed.project), protected_refs=listed.project.protected_refs)
    if policy.protected_refs:
        project = replace(project, protected_refs=(*project.protected_refs, *policy.protected_refs))
    repository = Repository(Tree({}, project=project))
    for _ in range(MAX_ROUNDS):
        tree = Tree(
            dict(reader.files),
            {path: why for path, why in reader.unread.items() if why != LIMIT},
            frozenset(),
            dict(reader.foreign),
            dict(reader.foreign_unread),
            reader.listing,
            project,
        )
        repository = Repository(tree, beside=repository if repository.tree.files else None)
        if not reader.satisfy(repository.wanted):
            break
    beyond = sum(why == LIMIT for why in reader.unread.values())
    return StandingFinding(repository, policy, reader.files.get(owners or "", ""), beyond)


def _rank(path: str) -> int:
    """What is read first: files whose names promise roles, policies or trusts; programs last."""
    return 0 if _LIKELY.search(path) else 2 if is_source(path) else 1
