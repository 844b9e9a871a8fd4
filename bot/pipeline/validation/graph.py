"""How the jobs of a pipeline belong together: stages, needs, dependencies, environments.

After gitlabhq `lib/gitlab/ci/yaml_processor.rb`, read 2026-11.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Final

from bot.lazy import regex
from bot.pipeline.validation.faults import FileFault
from bot.pipeline.validation.needs import JOB, kind_of_need, name_of_need
from bot.pipeline.validation.values import (
    flat,
    is_array,
    is_hash,
    is_number,
    is_string,
    is_template,
    keys_of,
    shown,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.documents.nodes import Entry, Mapping, Node, Scalar

_FIRST, _LAST = ".pre", ".post"
_DEFAULT_STAGES: Final = ("build", "test", "deploy")
_DEFAULT_STAGE: Final = "test"
_BELONGING: Final = frozenset({"dependencies", "needs", "rules", "trigger", "environment", "pages"})
"""the keywords by which a job belongs together with others, or with itself"""
_MATRIX_EXPRESSION: Final = regex(r"\$\[\[\s*matrix\.([a-zA-Z0-9_-]+)\s*\]\]", re.ASCII)


def check_graph(root: Mapping, jobs: dict[str, Entry]) -> Iterator[FileFault]:
    """The faults between jobs, job by job, then circles."""
    graph = _Graph(root, jobs)
    if any("parallel" in _keys(entry.value) for entry in jobs.values()):
        yield from _faults_of_matrix_expressions(graph.jobs)
    for name in graph.jobs:
        yield from graph.faults_of(name)
    yield from graph.circles()


class _Graph:
    def __init__(self, root: Mapping, jobs: dict[str, Entry]) -> None:
        self._all = jobs
        self.jobs = {
            name: entry
            for name, entry in jobs.items()
            if "parallel" not in _keys(entry.value) or any(_names(name, entry.value))
        }
        """those of which GitLab makes a job: of an empty matrix it makes none"""
        self._stages = _stages_of(root)

    def faults_of(self, name: str) -> Iterator[FileFault]:
        """What GitLab says of one job, or of the first of those that it makes of it."""
        node = self.jobs[name].value
        shown_name = next(iter(_names(name, node)), name)
        yield from self._stage_fault(shown_name, name)
        if is_hash(node) and node.entries.keys().isdisjoint(_BELONGING):
            return
        wanted = value_at(node, "dependencies")
        for item in flat(wanted) if wanted is not None else ():
            for each in self._expanded_names(shown(item), None):
                yield from self._missing(shown_name, name, each, item, "dependency")
        yield from self._needs_faults(shown_name, name, value_at(node, "needs"), expand=True)
        rules = value_at(node, "rules")
        for rule in flat(rules) if rules is not None else ():
            yield from self._needs_faults(shown_name, name, value_at(rule, "needs"), expand=False)
        yield from self._trigger_faults(shown_name, name, node)
        yield from self._stop_fault(shown_name, node)
        pages = value_at(node, "pages")
        if is_hash(pages) and "publish" in pages and value_at(node, "publish") is not None:
            yield FileFault(pages, f"{shown_name} job: use either {name}:publish or {name}:pages:publish")

    def _stage_fault(self, shown_name: str, name: str) -> Iterator[FileFault]:
        stage = self._stage(name)
        if stage not in self._stages and "$[[" not in stage:
            stage_node = value_at(self.jobs[name].value, "stage")
            at = self.jobs[name].key if stage_node is None else stage_node
            there = ", ".join(self._stages)
            words = f"{shown_name} job: chosen stage {stage} does not exist; available stages are {there}"
            yield FileFault(at, words)

    def _stage(self, name: str) -> str:
        stage = value_at(self.jobs[name].value, "stage")
        return _DEFAULT_STAGE if stage is None else shown(stage)

    def _needs_faults(
        self, shown_name: str, name: str, needs: Node | None, *, expand: bool
    ) -> Iterator[FileFault]:
        found: list[str] = []
        for need in flat(needs) if needs is not None else ():
            if kind_of_need(need) != JOB or is_template(need):
                continue
            wanted = value_at(need, "job") if is_hash(need) else need
            if wanted is None or is_template(wanted):
                continue
            parallel = value_at(need, "parallel")
            names = self._expanded_names(shown(wanted), parallel) if expand else [shown(wanted)]
            optional = value_at(need, "optional")
            is_optional = optional is not None and getattr(optional, "value", None) is True
            for each in names:
                found.append(each)
                yield from self._missing(shown_name, name, each, need, "need", is_optional=is_optional)
        twice = (
            [each for each in dict.fromkeys(found) if found.count(each) > 1]
            if len(found) > len(set(found))
            else []
        )
        if twice and needs is not None:
            yield FileFault(needs, f"{shown_name} has the following needs duplicated: {', '.join(twice)}.")

    def _expanded_names(self, name: str, parallel: Node | None) -> list[str]:
        """The jobs that GitLab makes of the one that is named; of those a matrix of the need may choose."""
        entry = self._all.get(name)
        if entry is None or "parallel" not in _keys(entry.value):
            return [name]
        if parallel is not None:
            return [each for each in _cells(name, parallel) if "$[[" not in each]
        return list(_names(name, entry.value))

    @cached_property
    def _made(self) -> dict[str, str]:
        """Every job that GitLab makes -> the job of the file that it makes it of."""
        return {each: name for name, entry in self.jobs.items() for each in _names(name, entry.value)}

    def _missing(
        self, shown_name: str, name: str, wanted: str, at: Node, kind: str, *, is_optional: bool = False
    ) -> Iterator[FileFault]:
        if wanted not in self._made:
            if not is_optional:
                yield FileFault(at, f"{shown_name} job: undefined {kind}: {wanted}")
            return
        own, other = self._stage(name), self._stage(self._made[wanted])
        known = self._stages
        if other not in known or own not in known or known.index(other) > known.index(own):
            words = f"{shown_name} job: {kind} {wanted} is not defined in current or prior stages"
            yield FileFault(at, words)

    def _trigger_faults(self, shown_name: str, name: str, node: Node) -> Iterator[FileFault]:
        include = value_at(value_at(node, "trigger"), "include")
        for item in flat(include) if include is not None else ():
            job = value_at(item, "job")
            if job is not None and not is_template(job):
                yield from self._missing(shown_name, name, shown(job), job, "dependency")

    def _stop_fault(self, shown_name: str, node: Node) -> Iterator[FileFault]:
        environment = value_at(node, "environment")
        stop = value_at(environment, "on_stop")
        if not is_hash(environment) or not is_string(stop) or is_template(stop):
            return
        start = f"{shown_name} job: on_stop job {stop.text}"
        if stop.text not in self._made:
            yield FileFault(stop, f"{start} is not defined")
            return
        other = value_at(self.jobs[self._made[stop.text]].value, "environment")
        if other is None:
            yield FileFault(stop, f"{start} does not have environment defined")
            return
        name = other if is_string(other) else value_at(other, "name")
        own = value_at(environment, "name")
        action = value_at(other, "action")
        if name is not None and own is not None and shown(name) != shown(own):
            yield FileFault(stop, f"{start} have different environment name")
        elif action is None or shown(action) != "stop":
            yield FileFault(stop, f"{start} needs to have action stop defined")

    def circles(self) -> Iterator[FileFault]:
        """A job that needs itself, if only through others."""
        needed = {name: self._needed_by(entry.value) for name, entry in self.jobs.items()}
        if not any(needed.values()):
            return
        done: set[str] = set()
        for name, own in needed.items():
            path: dict[str, Iterator[str]] = {name: iter(own)} if name not in done else {}
            while path:
                last = next(reversed(path))
                following = next(path[last], None)
                if following is None:
                    done.add(last)
                    del path[last]
                elif following in path:
                    needs = value_at(self.jobs[last].value, "needs")
                    at = self.jobs[last].key if needs is None else needs
                    what = f"self-dependency: {last}" if following == last else ", ".join(path)
                    yield FileFault(at, f"The pipeline has circular dependencies: {what}")
                    return
                elif following not in done:
                    path[following] = iter(needed[following])

    def _needed_by(self, node: Node) -> list[str]:
        needs = value_at(node, "needs")
        if needs is None:
            return []
        found = []
        for need in flat(needs):
            if kind_of_need(need) == JOB:
                wanted = name_of_need(need)
                if wanted in self._made or wanted in self.jobs:
                    found.append(self._made.get(wanted, wanted))
        return found


def _stages_of(root: Mapping) -> list[str]:
    stages = value_at(root, "stages")
    if stages is None:
        return [_FIRST, *_DEFAULT_STAGES, _LAST]
    named = [shown(item) for item in flat(stages)] if is_array(stages) else []
    return [_FIRST, *(each for each in named if each not in {_FIRST, _LAST}), _LAST] if named else []


def _keys(node: Node) -> Mapping | tuple[()]:
    return node if is_hash(node) else ()


def _names(name: str, node: Node) -> Iterator[str]:
    """The names of the jobs that GitLab makes of one: itself, or those of its `parallel`."""
    parallel = value_at(node, "parallel")
    if parallel is None:
        yield name
        return
    matrix = value_at(parallel, "matrix")
    if is_number(parallel) and isinstance(parallel.value, int):
        for number in range(1, parallel.value + 1):
            yield f"{name} {number}/{parallel.value}"
    elif is_hash(parallel) and (matrix is None or is_array(matrix)):
        yield from _cells(name, parallel)
    else:
        yield name


def _faults_of_matrix_expressions(jobs: dict[str, Entry]) -> Iterator[FileFault]:
    """Each `$[[ matrix.NAME ]]` in a need of a job that has no such variable in every cell, nor one of its own.

    After gitlabhq `lib/gitlab/ci/config/interpolation/matrix_interpolator.rb` (GitLab 18.6, read 2026-11).
    """
    for name, entry in jobs.items():
        needs = value_at(entry.value, "needs")
        for at in _texts_in(needs) if needs is not None else ():
            for wanted in _MATRIX_EXPRESSION.findall(at.text) if "$[[" in at.text else ():
                if wanted not in _variables_of_every_cell(entry.value):
                    yield FileFault(at, f"{name} job: '{wanted}' does not exist in matrix configuration")


def _texts_in(node: Node) -> Iterator[Scalar]:
    if is_string(node):
        yield node
    elif is_hash(node):
        for entry in node:
            yield from _texts_in(entry.value)
    elif is_array(node):
        for item in node.items:
            yield from _texts_in(item)


def _variables_of_every_cell(job: Node) -> set[str]:
    own = {name for name, _ in keys_of(value_at(job, "variables"))}
    matrix = value_at(value_at(job, "parallel"), "matrix")
    cells = matrix.items if is_array(matrix) else ()
    rows = [{name for name, _ in keys_of(row)} for row in cells if is_hash(row) and len(row)]
    return own | (set.intersection(*rows) if rows else set())


def _cells(name: str, parallel: Node) -> Iterator[str]:
    matrix = value_at(parallel, "matrix")
    for row in matrix.items if is_array(matrix) else ():
        if is_hash(row) and len(row):
            columns = [[shown(item) for item in _values(entry.value)] for entry in row]
            for cell in product(*columns):
                yield f"{name}: [{', '.join(cell)}]"


def _values(node: Node) -> tuple[Node, ...]:
    return node.items if is_array(node) else (node,)
