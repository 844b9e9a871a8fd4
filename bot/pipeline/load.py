"""Pipelines out of a tree: roots, includes, extends, references, jobs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.documents.kinds import FileKind
from bot.pipeline.extends import extend_jobs
from bot.pipeline.includes import IncludeReader
from bot.pipeline.jobs import jobs_of, variables_of
from bot.pipeline.model import Pipeline
from bot.pipeline.references import resolve_references
from bot.pipeline.shapes import unread_parts
from bot.pipeline.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.documents.documents import Documents
    from bot.snapshot import Tree

_DEFAULT_ROOT = ".gitlab-ci.yml"


def load_pipelines(
    tree: Tree,
    documents: Documents,
    load: Callable[[str], Pipeline] | None = None,
    roots: Collection[str] | None = None,
) -> tuple[Pipeline, ...]:
    """The project's own pipeline first, then every CI file that no pipeline includes, each as its own pipeline.

    `load` gives the pipeline of a root file; `load_pipeline` where it is None. `roots`: only those whose root files
    are among them.
    """
    load = load or partial(load_pipeline, tree=tree, documents=documents)
    pipelines: list[Pipeline] = []
    covered: set[str] = set()
    root = root_of(tree)
    if root in documents and (roots is None or root in roots):
        pipelines.append(load(root))
        covered.update(pipelines[0].files)
    others = {path: load(path) for path in _ci_files(documents, roots) if path not in covered}
    for path, pipeline in others.items():
        covered.update(file for file in pipeline.files if file != path)
    pipelines += [pipeline for path, pipeline in others.items() if path not in covered]
    included = {file for pipeline in pipelines for file in pipeline.files}
    # Two files that include each other: each covers the other, none may be lost.
    for path, pipeline in others.items():
        if path not in included:
            pipelines.append(pipeline)
            included.update(pipeline.files)
    return tuple(pipelines)


def root_of(tree: Tree) -> str:
    """The root file of the project's own pipeline; in some trees it can be read without being listed."""
    return tree.project.ci_config_path or _DEFAULT_ROOT


def _ci_files(documents: Documents, among: Collection[str] | None) -> list[str]:
    if among is None:
        return documents.paths(FileKind.GITLAB_CI)
    return [path for path in documents.names if path in among and documents.kind(path) is FileKind.GITLAB_CI]


def load_pipeline(root: str, tree: Tree, documents: Documents) -> Pipeline:
    """The pipeline whose root file is `root`, with all that it includes."""
    is_whole = root == (tree.project.ci_config_path or _DEFAULT_ROOT)
    reader = IncludeReader(root, tree, documents, is_whole=is_whole)
    node = reader.read()
    pipeline = Pipeline(root)
    if node is not None:
        refusals = reader.refusals
        node = resolve_references(extend_jobs(node, refusals), refusals)
        pipeline.node = node
        pipeline.variables = variables_of(node.get("variables"), "global")
        pipeline.jobs, pipeline.hidden_jobs = jobs_of(node)
        timetable = Timetable(node, tree.project, reader.conditions)
        for job in (*pipeline.jobs.values(), *pipeline.hidden_jobs.values()):
            job.decide_when = partial(timetable.when, job)
            job.decide_runs = partial(timetable.runs_in, job)
        refusals.check(node)
        for unread in unread_parts(pipeline.jobs.values()):
            reader.report(unread)
    pipeline.refusal = reader.refusals.first
    pipeline.files = tuple(reader.files)
    pipeline.unread = tuple(reader.unread)
    pipeline.wanted = tuple(reader.wanted)
    pipeline.includes = tuple(reader.includes)
    pipeline.included_at = reader.included_at
    return pipeline
