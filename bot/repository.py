"""One side of a repository, understood: its pipelines, Vault's roles and policies, and what could not be read.

Everything is computed on first use and kept: a rule that needs no shell analysis pays for none.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.clouds.model import CloudModel, Trust
from bot.clouds.read import read_clouds
from bot.documents.documents import Documents
from bot.documents.location import Unreadable
from bot.leaks.following import Following
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Job, Pipeline, Wanted, is_foreign
from bot.vault.read import read_vault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.leaks.model import Leak
    from bot.snapshot import Tree
    from bot.vault.model import VaultModel


class Repository:
    """A tree and its meaning. `base` is the other side (the merge base) when a change is judged, else None.

    `beside` is another state of the same repository, `base` where nothing is said: what is the same there is read and
    followed once for both.
    """

    def __init__(self, tree: Tree, base: Repository | None = None, beside: Repository | None = None) -> None:
        self.tree = tree
        self.base = base
        beside = beside or base
        self.documents: Documents = Documents(
            tree.files, tree.project.ci_files, tree.project.vault_files, beside.documents if beside else None
        )
        self.following: Following = Following(tree.files, beside.following if beside else None)
        self._leaks: dict[int, tuple[Leak, ...]] = {}
        self._missing: set[str] = set()
        self._unread_scripts: dict[Unreadable, None] = {}

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """The project's own pipeline first, then CI files that no pipeline includes, each on its own."""
        return load_pipelines(self.tree, self.documents)

    @cached_property
    def vault(self) -> VaultModel:
        """Roles, mounts, policies, engines and audit devices of every format."""
        return read_vault(self.tree, self.documents)

    @cached_property
    def clouds(self) -> CloudModel:
        """What AWS, Google Cloud and Azure accept of GitLab's tokens, in every format."""
        return read_clouds(self.tree, self.documents)

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Every job that can run, of every pipeline; hidden jobs only where no job uses them (a library file)."""
        return tuple(
            job for pipeline in self.pipelines for job in (pipeline.jobs or pipeline.hidden_jobs).values()
        )

    @cached_property
    def _pipeline_of(self) -> dict[int, Pipeline]:
        return {
            id(job): pipeline
            for pipeline in self.pipelines
            for job in (*pipeline.jobs.values(), *pipeline.hidden_jobs.values())
        }

    def pipeline_of(self, job: Job) -> Pipeline:
        """The pipeline that holds `job`, which is one of this side."""
        return self._pipeline_of[id(job)]

    def before(self, job: Job) -> Job | None:
        """The job of that name on the other side of the change; None where there is none, or no other side."""
        if self.base is None:
            return None
        same = [other for other in self.base.jobs if other.name == job.name]
        path = job.entry.key.span.path
        return next((other for other in same if other.entry.key.span.path == path), same[0] if same else None)

    def leaks(self, job: Job) -> tuple[Leak, ...]:
        """Where the secrets of `job` come out of its scripts, with the scripts of the repository that it runs."""
        known = self._leaks.get(id(job))
        if known is None:
            followed = self.following.of(job)
            self._missing.update(path for path, text in followed.asked.items() if text is None)
            self._unread_scripts.update(dict.fromkeys(followed.unread))
            known = self._leaks[id(job)] = followed.leaks
        return known

    def subjects(self, kind: type) -> Iterable[Any]:
        """Every subject of the type `kind`, in the order of the files."""
        if kind is Job:
            return self.jobs
        if kind is Pipeline:
            return self.pipelines
        if kind is Repository:
            return (self,)
        if kind is Documents:
            return (self.documents,)
        if kind in {Trust, CloudModel}:
            return self.clouds.subjects(kind)
        return self.vault.subjects(kind)

    @property
    def unread(self) -> tuple[Unreadable, ...]:
        """What could not be checked, each told once: files, includes, half-understood roles."""
        told: dict[Unreadable, None] = dict.fromkeys(self.documents.unread(self.tree))
        for pipeline in self.pipelines:
            told.update(dict.fromkeys(pipeline.unread))
        told.update(dict.fromkeys(self.vault.unread))
        told.update(dict.fromkeys(self.clouds.unread))
        self._follow_secrets()
        told.update(self._unread_scripts)
        at_home = dict.fromkeys(map(self._at_home, told))
        return tuple(sorted(at_home, key=lambda u: (u.path, u.line, u.reason)))

    def _at_home(self, unread: Unreadable) -> Unreadable:
        """What another project's file has wrong is told at the include, without any of its names."""
        if not is_foreign(unread.path):
            return unread
        places = (pipeline.included_at.get(unread.path) for pipeline in self.pipelines)
        place = next((place for place in places if place is not None), None)
        reason = "a part of what this include brings in from another project was not understood"
        return Unreadable(place.path if place else "", place.start_line if place else 0, reason)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """What a reader with access should add to the tree before the rules run; empty when it is complete."""
        includes = tuple(want for pipeline in self.pipelines for want in pipeline.wanted)
        return includes or tuple(map(Wanted, self._scripts()))

    def _scripts(self) -> list[str]:
        """The scripts that jobs run, of any name, and of which nobody has asked whether they are there."""
        self._follow_secrets()
        return sorted(path for path in self._missing if self.tree.has(path) is None)

    def _follow_secrets(self) -> None:
        for job in self.jobs:
            with suppress(Exception):  # the rule that asks again is the one to report it
                self.leaks(job)
