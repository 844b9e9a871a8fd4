# ruff: noqa: SLF001 - two states of one repository read each other
"""One side of a repository, understood: its pipelines, Vault's roles and policies, and what could not be read.

Everything is computed on first use and kept: a rule that needs no shell analysis pays for none. What is read for it is
noted (`bot.reads`), so that `changed` can keep all that other texts in some files do not touch.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from bot.clouds.hints import may_tell_clouds
from bot.clouds.model import CloudModel
from bot.documents.documents import Documents
from bot.documents.location import Unreadable
from bot.leaks.following import Following
from bot.leaks.units import line_of_file
from bot.pipeline.load import load_pipeline, load_pipelines
from bot.pipeline.model import Section, Wanted, is_foreign
from bot.pipeline.vault_calls import calls_in, vault_calls
from bot.reads import (
    CLOUDS,
    KINDS,
    PIPELINES,
    Answers,
    NotedTexts,
    Reads,
    RememberedAnswer,
    pipelines_with,
    vault_group,
)
from bot.snapshot import Overlaid
from bot.vault.hints import may_tell_vault
from bot.vault.model import VaultModel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping

    from bot.leaks.analysis import Followed
    from bot.leaks.model import Leak
    from bot.pipeline.model import Job, Pipeline, ScriptLine
    from bot.pipeline.vault_calls import ScriptVaultCall
    from bot.reads import Read
    from bot.snapshot import Tree


class Repository:
    """A tree and its meaning. `base` is the other side (the merge base) when a change is judged, else None.

    `beside` is another state of the same repository, `base` where nothing is said: what is the same there is read and
    followed once for both.
    """

    def __init__(self, tree: Tree, base: Repository | None = None, beside: Repository | None = None) -> None:
        self.reads = Reads()
        self.code: Repository | None = None
        self.code_namespaces: frozenset[str] | None = None
        """of a running server: the repository that should have made it, where one is compared"""
        self.tree = replace(tree, files=NotedTexts(tree.files, self.reads))
        self.base = base
        beside = beside or base
        self.documents: Documents = Documents(
            tree.files,
            tree.project.ci_files,
            tree.project.vault_files,
            beside.documents if beside else None,
            self.reads,
            tree.entries,
        )
        self.following: Following = Following(tree.files, beside.following if beside else None)
        self.origin: Repository | None = None
        """what this is a changed state of (see `changed`)"""
        self.texts: frozenset[str] = frozenset()
        """the files whose texts differ from `origin`"""
        self.on_trial = False
        """a fix is tried here: what is found counts, and nobody asks how that could be mended"""
        self.answers: Answers[Repository] = Answers(self, self.reads)
        self.ask = self.answers.ask
        self.judged: dict[Hashable, Any] = {}
        """what the engine has found, so that it need not judge again what still holds"""
        self._loaded: dict[str, RememberedAnswer] = {}
        self._pipeline_of: dict[int, Pipeline] = {}
        self._followed: dict[int, Followed] = {}

    def changed(self, texts: Mapping[str, str], *, on_trial: bool = False) -> Repository:
        """This repository with other texts in some of its files; `base` is the same.

        All of `texts` are files that this one has. What they do not touch is not computed again.
        """
        other = Repository(replace(self.tree, files=Overlaid(self._files, texts)), self.base, self)
        other.origin = self
        other.on_trial = on_trial
        other.texts = frozenset(path for path, text in texts.items() if self._files[path] != text)
        other.documents = self.documents.changed(texts, other._files, other.reads)
        return other

    @property
    def _files(self) -> Mapping[str, str]:
        """The texts, for readers who note for themselves what they depend on."""
        files = self.tree.files
        return files.under if isinstance(files, NotedTexts) else files

    @property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """The project's own pipeline first, then CI files that no pipeline includes, each on its own."""
        self.reads.note(PIPELINES)
        return self._pipelines

    @cached_property
    def _pipelines(self) -> tuple[Pipeline, ...]:
        origin = self.origin
        with self.reads.listening():
            kept = self._reloaded(origin) if origin is not None else None
            return load_pipelines(self.tree, self.documents, self._load) if kept is None else kept

    def _reloaded(self, origin: Repository) -> tuple[Pipeline, ...] | None:
        """Those of `origin`, loaded again where they rest on a changed text; None where they may be other ones."""
        pipelines = origin._pipelines
        if KINDS in self._changed_reads:
            return None
        self._loaded, self._pipeline_of = origin._loaded.copy(), origin._pipeline_of.copy()
        fresh: dict[str, Pipeline] = {}
        for root, known in origin._loaded.items():
            if not known.reads.isdisjoint(self._changed_reads):
                fresh[root] = self._load(root)
                if fresh[root].files != known.value.files:
                    return None
        return tuple(fresh.get(each.root, each) for each in pipelines) if fresh else pipelines

    @cached_property
    def _changed_reads(self) -> set[Read]:
        """The files whose texts differ from `origin`, and KINDS where one of them is of another kind by that."""
        kinds = self.origin is None or self.documents.has_kinds_of(self.origin.documents, self.texts)
        return set(self.texts) if kinds else {*self.texts, KINDS}

    def pipelines_at(self, roots: Collection[str]) -> tuple[Pipeline, ...]:
        """Those of `pipelines` whose root files are among `roots`, which have every file that includes one of them."""
        with self.reads.listening():
            return load_pipelines(self.tree, self.documents, self._load, roots)

    def pipelines_with(self, path: str) -> tuple[Pipeline, ...]:
        """Those of `pipelines` that contain the file."""
        self.reads.note(pipelines_with(path))
        return self._by_file.get(path, ())

    @cached_property
    def _by_file(self) -> dict[str, tuple[Pipeline, ...]]:
        found: dict[str, list[Pipeline]] = defaultdict(list)
        for pipeline in self._pipelines:
            for path in pipeline.files:
                found[path].append(pipeline)
        return {path: tuple(pipelines) for path, pipelines in found.items()}

    def _load(self, root: str) -> Pipeline:
        known = self.origin._loaded.get(root) if self.origin else None
        if known is None or not known.reads.isdisjoint(self._changed_reads):
            with self.reads.listening() as heard:
                pipeline = load_pipeline(root, self.tree, self.documents)
            known = RememberedAnswer(pipeline, frozenset(heard))
        self._loaded[root] = known
        loaded: Pipeline = known.value
        self._pipeline_of.update((id(job), loaded) for job in loaded.every_job)
        return loaded

    @cached_property
    def vault(self) -> VaultModel:
        """Roles, mounts, policies, engines and audit devices of every format.

        A role that says no more whose tokens it is for is still for those of the other side's role of its name.
        """
        model = self._read_vault()
        if self.base is not None and model.groups["roles"]:
            from bot.vault.roles.issuers import keep_issuers  # noqa: PLC0415 - most pipelines have no role

            keep_issuers(model.groups["roles"], self.base.vault.groups["roles"])
        return model

    def _read_vault(self) -> VaultModel:
        origin = self.origin
        with self.reads.listening():
            if origin is None:
                if not may_tell_vault(self.documents):
                    return VaultModel(reads=self.reads)
                from bot.vault.read import read_vault  # noqa: PLC0415 - most pipelines pay for none of it

                return read_vault(self.tree, self.documents, self.reads)
            from bot.vault.reread import reread_vault  # noqa: PLC0415 - only where a change is tried

            return reread_vault(
                origin.vault, origin.documents, self.documents, self.tree, self.texts, self.reads
            )

    @property
    def clouds(self) -> CloudModel:
        """What AWS, Google Cloud and Azure accept of GitLab's tokens, in every format."""
        self.reads.note(CLOUDS)
        return self._clouds

    @cached_property
    def _clouds(self) -> CloudModel:
        origin = self.origin
        with self.reads.listening():
            if origin is not None and self._is_silent_to_clouds(origin):
                return origin._clouds
            if not may_tell_clouds(self.documents):
                return CloudModel()
            from bot.clouds.read import read_clouds  # noqa: PLC0415 - most pipelines pay for none of it

            return read_clouds(self.tree, self.documents)

    def _is_silent_to_clouds(self, origin: Repository) -> bool:
        """Whether no text that differs says anything to a cloud, by itself or through another file."""
        from bot.clouds.read import read_clouds  # noqa: PLC0415 - only where a change is tried
        from bot.vault.reread import is_read_with_others  # noqa: PLC0415

        return all(
            not is_read_with_others(path, origin.documents, self.documents)
            and read_clouds(self.tree, self.documents.only(path)).is_empty
            and read_clouds(self.tree, origin.documents.only(path)).is_empty
            for path in self.texts
        )

    def _unlike(self, other: Repository) -> tuple[Pipeline, ...]:
        """The pipelines that the other state does not have."""
        kept = {id(pipeline) for pipeline in other._pipelines}
        return tuple(pipeline for pipeline in self._pipelines if id(pipeline) not in kept)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job that can run, of every pipeline; hidden jobs only where no job uses them (a library file)."""
        self.reads.note(PIPELINES)
        return self._jobs

    @cached_property
    def _jobs(self) -> tuple[Job, ...]:
        if self.origin is not None and self.origin._pipelines is self._pipelines:
            return self.origin._jobs
        return tuple(job for pipeline in self._pipelines for job in pipeline.own_jobs)

    def pipeline_of(self, job: Job) -> Pipeline:
        """The pipeline that contains `job`, which is one of this side."""
        if id(job) not in self._pipeline_of:
            _ = self._pipelines
        return self._pipeline_of[id(job)]

    @cached_property
    def _jobs_by_name(self) -> dict[str, list[Job]]:
        by_name: dict[str, list[Job]] = defaultdict(list)
        for job in self._jobs:
            by_name[job.name].append(job)
        return by_name

    def before(self, job: Job) -> Job | None:
        """The job of that name on the other side of the change; None where there is none, or no other side."""
        same = self.base._jobs_by_name.get(job.name, []) if self.base is not None else []
        path = job.entry.key.span.path
        return next((other for other in same if other.entry.key.span.path == path), same[0] if same else None)

    def leaks(self, job: Job) -> tuple[Leak, ...]:
        """Where the secrets of `job` come out of its scripts, with the scripts of the repository that it runs."""
        followed = self._follow(job)
        for path in followed.asked:
            self.reads.note(path)
        return followed.leaks

    def lines(self, job: Job) -> tuple[ScriptLine, ...]:
        """The script entries of `job`, and the shell scripts of the repository that they run, each as one."""
        files = self._files_run_by(job)
        return (*job.scripts, *files) if files else job.scripts

    def vault_calls(self, job: Job) -> tuple[ScriptVaultCall, ...]:
        """What the lines of `job` ask of Vault, in their order."""
        return (*vault_calls(job), *calls_in(self._files_run_by(job)))

    def _files_run_by(self, job: Job) -> tuple[ScriptLine, ...]:
        followed = self._follow(job)
        for path in followed.asked:
            self.reads.note(path)
        if not followed.ran:
            return ()
        return tuple(line_of_file(path, text, Section.SCRIPT) for path, text in followed.ran.items())

    def _follow(self, job: Job) -> Followed:
        known = self._followed.get(id(job))
        if known is None:
            known = self.origin._followed.get(id(job)) if self.origin else None
            if known is None or not self.texts.isdisjoint(known.asked):
                with self.reads.listening():
                    known = self.following.of(job)
            self._followed[id(job)] = known
        return known

    def subjects(self, kind: str) -> tuple[Any, ...]:
        """Every subject of the type of that name, in the order of the files; of `Documents`, the path of each file."""
        group = VAULT_GROUPS.get(kind)
        return _SUBJECTS[kind](self) if group is None else self.vault.groups[group]

    @cached_property
    def differing(self) -> frozenset[Read]:
        """The reads that give something else than in `origin`; empty where there is none."""
        origin = self.origin
        if origin is None:
            return frozenset()
        changed = self._changed_reads.copy()
        if self._pipelines is not origin._pipelines:
            changed.add(PIPELINES)
            changed.update(pipelines_with(path) for each in self._unlike(origin) for path in each.files)
            changed.update(pipelines_with(path) for each in origin._unlike(self) for path in each.files)
        if self._clouds is not origin._clouds:
            changed.add(CLOUDS)
        now, then = self.vault.groups, origin.vault.groups
        changed.update(vault_group(name) for name, group in now.items() if group is not then[name])
        self.vault.answers.keep_from(origin.vault.answers, changed)
        self.answers.keep_from(origin.answers, changed)
        return frozenset(changed)

    def answer_all(self, reads: Iterable[Read]) -> None:
        """Answer the questions among the reads, which another process has asked of the same repository."""
        reads = tuple(reads)
        self.answers.answer_all(reads)
        self.vault.answers.answer_all(reads)

    @property
    def unread(self) -> tuple[Unreadable, ...]:
        """What could not be checked, each reported once: files, includes, half-understood roles."""
        rest = (*self.vault.unread, *self._clouds.unread)
        return self.unread_in(self.documents.unread(self.tree), self._pipelines, rest)

    def unread_in(
        self, files: Iterable[Unreadable], pipelines: tuple[Pipeline, ...], rest: Iterable[Unreadable]
    ) -> tuple[Unreadable, ...]:
        """What of some pipelines could not be checked, beside whole files and the rest."""
        unread: dict[Unreadable, None] = dict.fromkeys(files)
        for pipeline in pipelines:
            unread.update(dict.fromkeys(pipeline.unread))
        unread.update(dict.fromkeys(rest))
        for followed in self._every_followed(pipelines):
            unread.update(dict.fromkeys(followed.unread))
        at_home = dict.fromkeys(_at_home(each, pipelines) for each in unread)
        return tuple(sorted(at_home, key=lambda u: (u.path, u.line, u.reason)))

    def unread_since(self, origin: Repository) -> int:
        """How many more places of this changed state could not be checked than of `origin`; negative: fewer."""
        return len(self._unread_beside(origin)) - len(origin._unread_beside(self))

    def _unread_beside(self, other: Repository) -> set[Unreadable]:
        """What could not be checked, of all that is not the very same in the other state."""
        texts = self.texts | other.texts
        unread = {each for path in texts if (each := self.documents.unread_file(path)) is not None}
        unlike = self._unlike(other)
        unread.update(each for own in unlike for each in own.unread)
        unread.update(
            {*self.vault.unread, *self._clouds.unread} - {*other.vault.unread, *other._clouds.unread}
        )
        every = not texts.isdisjoint((self.origin or self)._run_scripts)
        own, others = (self._pipelines, other._pipelines) if every else (unlike, other._unlike(self))
        followed = {id(each) for each in other._every_followed(others)}
        unread.update(
            each for one in self._every_followed(own) if id(one) not in followed for each in one.unread
        )
        return {_at_home(each, self._pipelines) for each in unread}

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """What a reader with access should add to the tree before the rules run; empty when it is complete."""
        includes = tuple(want for pipeline in self._pipelines for want in pipeline.wanted)
        return includes or tuple(map(Wanted, self._scripts()))

    def _scripts(self) -> list[str]:
        """The scripts that jobs run, of any name, and of which nobody has asked whether they are there."""
        missing = {
            path
            for followed in self._every_followed()
            for path, text in followed.asked.items()
            if text is None
        }
        return sorted(path for path in missing if self.tree.has(path) is None)

    @cached_property
    def _run_scripts(self) -> frozenset[str]:
        """The scripts that jobs run, there or not."""
        return frozenset(path for followed in self._every_followed() for path in followed.asked)

    def _every_followed(self, pipelines: Iterable[Pipeline] | None = None) -> Iterable[Followed]:
        for pipeline in self._pipelines if pipelines is None else pipelines:
            for job in pipeline.own_jobs:
                with suppress(Exception):  # the rule that asks again is the one to report it
                    yield self._follow(job)


def _at_home(unread: Unreadable, pipelines: Iterable[Pipeline]) -> Unreadable:
    """What another project's file has wrong is reported at the include, without any of its names."""
    if not is_foreign(unread.path):
        return unread
    places = (pipeline.included_at.get(unread.path) for pipeline in pipelines)
    place = next((place for place in places if place is not None), None)
    reason = "a part of what this include brings in from another project was not understood"
    return Unreadable(place.path if place else "", place.start_line if place else 0, reason)


def _says_anything_of_vault(repository: Repository) -> bool:
    """Whether a rule can say anything of the model: it has parts, or the other side has what is gone here."""
    beside = (repository, repository.base) if repository.base is not None else (repository,)
    return repository.code is not None or any(any(each.vault.groups.values()) for each in beside)


_SUBJECTS: Final[Mapping[str, Callable[[Repository], tuple[Any, ...]]]] = {
    "Job": lambda repository: repository._jobs,
    "Pipeline": lambda repository: repository._pipelines,
    "Repository": lambda repository: (repository,),
    "Documents": lambda repository: repository.documents.names,
    "Trust": lambda repository: repository._clouds.trusts,
    "CloudModel": lambda repository: (repository._clouds,),
    "VaultModel": lambda repository: (repository.vault,) if _says_anything_of_vault(repository) else (),
}
VAULT_GROUPS: Final = {
    "JwtRole": "roles",
    "JwtMount": "mounts",
    "VaultPolicy": "policies",
    "EngineRole": "engines",
    "AuditDevice": "audits",
    "AuditList": "audit_lists",
    "LoginRole": "logins",
    "CelRole": "cel_roles",
}
