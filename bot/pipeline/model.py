"""The jobs of one pipeline, as GitLab would run them."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.documents.location import Place, Span, Unreadable
    from bot.documents.nodes import Entry, Mapping, Node, Scalar
    from bot.pipeline.refusals import Refusal
    from bot.pipeline.runs import PipelineRun
    from bot.snapshot import ForeignFile


T = TypeVar("T")

NOT_FOLLOWED = "include not followed"
"""How the report of an include begins that lies beyond what can be read: not broken, but not checked either."""
_FOREIGN = "//"


def foreign_path(file: ForeignFile) -> str:
    """How spans name a file of another project: never equal to a path of this repository, which is relative."""
    return f"{_FOREIGN}{file.project}@{file.ref or 'HEAD'}/{file.path}"


def is_foreign(path: str) -> bool:
    """Whether the text behind a span is another project's, and must not be quoted to readers."""
    return path.startswith(_FOREIGN)


class Truth(StrEnum):
    """A three-valued answer: what cannot be decided is unknown, never guessed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Section(StrEnum):
    """The keyword of a script line. before_script and script are one shell, after_script another."""

    BEFORE = "before_script"
    SCRIPT = "script"
    AFTER = "after_script"
    PRE_GET_SOURCES = "hooks:pre_get_sources_script"
    RUN = "run"


@dataclass(slots=True, eq=False)
class ScriptLine:
    """One entry of a script array, nested arrays flattened: what the runner hands to the shell."""

    section: Section
    scalar: Scalar
    via: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The shell text, after YAML and before the shell; may contain several lines."""
        return self.scalar.text

    @property
    def path(self) -> str:
        """The file that a person would edit."""
        return self.scalar.span.path

    def place(self, offset: int) -> Place:
        """Where the character at `offset` (0-based, in `text`) is in `path`."""
        return self.scalar.place(offset)


class SecretProvider(StrEnum):
    """Who keeps a secret of `secrets:`."""

    VAULT = "vault"
    AZURE = "azure_key_vault"
    GCP = "gcp_secret_manager"
    AWS = "aws_secrets_manager"
    AKEYLESS = "akeyless"
    GITLAB = "gitlab_secrets_manager"
    UNKNOWN = "unknown"


@dataclass(slots=True, eq=False)
class VaultPath:
    """Where a `secrets:vault` entry reads.

    `engine` is kv-v2, kv-v1 or generic; `mount` its mount path; `written` the node that says so (a scalar in the short
    form, a mapping in the long one).
    """

    engine: str
    mount: str
    path: str
    secret_field: str
    written: Node


@dataclass(slots=True, eq=False)
class Secret:
    """An entry of a job's `secrets:`. `is_file`: the variable contains a path (GitLab's default), not the value.

    `token` is the text of `token:` without its "$", or None. `entry` is the `NAME: {...}` entry itself.
    """

    name: str
    provider: SecretProvider
    is_file: bool
    token: str | None
    entry: Entry
    vault: VaultPath | None = None


@dataclass(slots=True, eq=False)
class IdToken:
    """An entry of a job's `id_tokens:`. `from_default`: it came from `default:`."""

    name: str
    audiences: tuple[str, ...]
    entry: Entry
    from_default: bool = False


@dataclass(slots=True, eq=False)
class Variable:
    """A variable written in YAML. `value` is its text (None where it has none). `scope`: global, job, rule, matrix."""

    name: str
    value: str | None
    entry: Entry
    scope: str = "job"


@dataclass(slots=True, eq=False)
class When:
    """Whether a job can run in three kinds of pipeline.

    Where an answer is yes, `example` says which pipeline: predefined variables that make its rules true, and one
    sentence `story`.
    """

    merge_request: Truth
    unprotected_ref: Truth
    fork: Truth
    example: dict[str, str] = field(default_factory=dict)
    story: str = ""


_UNKNOWN: Final = When(Truth.UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN)


@dataclass(slots=True, eq=False)
class Job:
    """One job of the pipeline, everything merged as GitLab merges it; `node` contains every key, with provenance."""

    name: str
    entry: Entry
    """The `name: {...}` entry where the job is defined (for a person: the job's own file and line)."""
    node: Mapping
    scripts: tuple[ScriptLine, ...] = ()
    secrets: dict[str, Secret] = field(default_factory=dict)
    id_tokens: dict[str, IdToken] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    """Global and job variables as the job sees them (the job's own win), without rules:variables."""
    rule_variables: tuple[Variable, ...] = ()
    cells: tuple[dict[str, Variable], ...] = ()
    """What `parallel:matrix` sets in each of the jobs that it makes of this one; it wins over `variables`."""
    environment: str | None = None
    hidden: bool = False
    decide_when: Callable[[], When] = field(default=lambda: _UNKNOWN, repr=False)
    """asked once, when a rule wants to know"""
    decide_runs: Callable[[Iterable[PipelineRun]], Truth] = field(default=lambda _: Truth.UNKNOWN, repr=False)
    """whether it is part of one of these pipelines"""
    _when: When | None = field(default=None, repr=False)
    _answers: dict[Callable[[Job], Any], Any] = field(default_factory=dict, init=False, repr=False)

    def ask(self, answer: Callable[[Job], T]) -> T:
        """Return `answer(self)`, worked out once: for questions that rest on nothing but the job."""
        if answer not in self._answers:
            self._answers[answer] = answer(self)
        given: T = self._answers[answer]
        return given

    @property
    def when(self) -> When:
        """In which pipelines it can run."""
        if self._when is None:
            self._when = self.decide_when()
        return self._when

    def runs_in(self, *runs: PipelineRun) -> Truth:
        """Whether it is part of one of these pipelines."""
        return self.decide_runs(runs)

    def get(self, *route: str) -> Node | None:
        """The merged value at `route`, e.g. `job.get("artifacts", "paths")`."""
        return self.node.get(*route)

    @property
    def subject(self) -> str:
        """The name under which findings speak of it."""
        return f"job:{self.name}"


@dataclass(slots=True, eq=False)
class Wanted:
    """A file that the pipeline needs and the tree does not hold yet: a path of this repository, or a foreign file."""

    path: str | None = None
    foreign: ForeignFile | None = None
    pattern: str | None = None
    """a glob of a local include (`/ci/*.yml`)"""
    span: Span | None = None


@dataclass(slots=True, eq=False)
class Pipeline:
    """What GitLab makes of one root file with its includes."""

    root: str
    jobs: dict[str, Job] = field(default_factory=dict)
    """In the order of definition; hidden jobs (`.name`) are in `hidden_jobs`."""
    hidden_jobs: dict[str, Job] = field(default_factory=dict)
    node: Mapping | None = None
    """The whole merged configuration."""
    variables: dict[str, Variable] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Paths of this repository that make up the pipeline, the root first."""
    unread: tuple[Unreadable, ...] = ()
    """Includes not followed, parts not understood: reported, never guessed."""
    wanted: tuple[Wanted, ...] = ()
    """What to read next; empty once everything that can be read has been."""
    includes: tuple[Node, ...] = ()
    """Each item of every `include:` in this repository's files, as written."""
    refusal: Refusal | None = None
    """Why GitLab would run no pipeline of this file, where it refuses it; reported in `unread` too"""
    included_at: dict[str, Span] = field(default_factory=dict)
    """path of each foreign file (see `is_foreign`) -> the include of this repository that brings it in"""

    @property
    def own_jobs(self) -> tuple[Job, ...]:
        """Every job that can run; the hidden ones where there is no other: a library file."""
        return tuple((self.jobs or self.hidden_jobs).values())

    @property
    def every_job(self) -> tuple[Job, ...]:
        """The jobs, and the hidden ones."""
        return (*self.jobs.values(), *self.hidden_jobs.values())
