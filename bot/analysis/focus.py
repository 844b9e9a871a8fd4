"""A few CI files of a repository: what can have a finding in them, without reading the rest."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from bot.clouds.hints import COMMAND, DOCUMENT
from bot.documents.kinds import FileKind
from bot.lazy import regex
from bot.pipeline.load import root_of
from bot.repository import VAULT_GROUPS
from bot.vault.scripts import may_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.documents.documents import Documents
    from bot.documents.location import Unreadable
    from bot.pipeline.model import Job, Pipeline
    from bot.repository import Repository

_KINDS: Final = frozenset({FileKind.GITLAB_CI, FileKind.YAML})
_YAML: Final = (".yml", ".yaml")
_OTHERS: Final = frozenset({*VAULT_GROUPS, "VaultModel", "Trust", "CloudModel"})
"""Types of subjects that no file of these kinds has, where nothing in it talks to Vault or to a cloud."""
_INCLUDE_KEY: Final = regex(r"include[\"']?[ \t]*:|^[ \t]*\? ", re.MULTILINE)
# An `include:` with its block: what is deeper than it, and a list that is as deep.
_INCLUDE: Final = regex(
    r"^(?P<indent>[ \t]*)(?:-[ \t]+)*(?P<quote>[\"']?)include(?P=quote)[ \t]*:"
    r"(?P<block>[^\n]*(?:\n(?:[ \t]*(?:#[^\n]*)?(?=\n|\Z)|(?P=indent)(?:[ \t]+|-)[^\n]*))*)",
    re.MULTILINE,
)
_OPEN: Final = regex(r"[*$\\]")
"""An include with a wildcard, an alias, a variable or an escaped character may name any file."""


class Focus:
    """Some files of a repository, and the subjects that rules can say something of there.

    Rules that ask about all pipelines, about Vault or the clouds still get the whole: it is read when they ask.
    """

    def __init__(self, repository: Repository, paths: frozenset[str]) -> None:
        self._repository = repository
        self._paths = paths

    @classmethod
    def on(cls, repository: Repository, paths: Iterable[str]) -> Focus | None:
        """The focus on `paths`; None where more than pipelines may have a finding there: roles, policies, trusts."""
        paths = frozenset(paths)
        documents = repository.documents
        for path in paths:
            if documents.kind(path) not in _KINDS:
                return None
            text = documents.text(path) or ""
            if may_command(text) or COMMAND.search(text) or DOCUMENT.search(text):
                return None
        return cls(repository, paths)

    def subjects(self, kind: str) -> tuple[Any, ...]:
        """As `Repository.subjects`: those that can have a finding in the files, and maybe others."""
        if kind == "Job":
            return self.jobs
        if kind == "Pipeline":
            return self.pipelines
        if kind == "Documents":
            return tuple(path for path in self._repository.documents.names if path in self._paths)
        if kind == "Repository":
            return (self,)
        return () if kind in _OTHERS else self._repository.subjects(kind)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """As `Repository.jobs`: those of the pipelines that the files are part of."""
        return tuple(job for pipeline in self.pipelines for job in pipeline.own_jobs)

    @property
    def documents(self) -> Documents:
        """The files, each of which is YAML: one of them stands for all where a rule looks for other kinds."""
        return self._repository.documents.only(min(self._paths))

    @property
    def unread(self) -> tuple[Unreadable, ...]:
        """As `Repository.unread`: what could not be checked in the files, and maybe in others."""
        return self._repository.unread_in(self.whole_unread, self.pipelines, ())

    @cached_property
    def whole_unread(self) -> list[Unreadable]:
        """The files that could not be checked at all."""
        documents = self._repository.documents
        return [each for path in sorted(self._paths) if (each := documents.unread_file(path)) is not None]

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """The pipelines that the files are part of."""
        candidates = self._repository.pipelines_at(self._including())
        return tuple(each for each in candidates if not self._paths.isdisjoint(each.files))

    def _including(self) -> set[str]:
        """The files, and every file that may include one of them, also through others: those that say its path."""
        documents = self._repository.documents
        others = {
            path: text
            for path in (*documents.names, root_of(self._repository.tree))
            if path not in self._paths
            and path.lower().endswith(_YAML)
            and "include" in (text := documents.text(path) or "")
        }
        found: set[str] = set()
        new = set(self._paths) | {path for path, text in others.items() if _may_include_any(text)}
        while new:
            found |= new
            new = {
                path
                for path, text in others.items()
                if path not in found and any(each in text for each in new)
            }
        return found


def _may_include_any(text: str) -> bool:
    """Whether an include in the text names its files otherwise than by their paths, or is not seen at all."""
    blocks = [match["block"] for match in _INCLUDE.finditer(text)]
    is_seen = len(blocks) == len(_INCLUDE_KEY.findall(text))
    is_seen = is_seen and all(block.count("[") == block.count("]") for block in blocks)
    return any(map(_OPEN.search, blocks if is_seen else (text,)))
