"""Variables by which the runner is switched, wherever GitLab reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.documents.nodes import Mapping, Scalar
from bot.pipeline.jobs import flat, variables_of
from bot.pipeline.matrix import matrix_variables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bot.documents.nodes import Node
    from bot.pipeline.model import Job, Pipeline, Variable

# gitlab-runner common/variables.go `Bool` and helpers/featureflags: Go's ParseBool, 2026-11
TRUE = ("true", "1", "t")


class Switch(NamedTuple):
    """A variable with the job that it belongs to; None where it is the whole pipeline's."""

    variable: Variable
    job: Job | None

    @property
    def scalar(self) -> Scalar | None:
        """What gives the value."""
        node = self.variable.entry.value
        value = node.get("value") if isinstance(node, Mapping) else node
        return value if isinstance(value, Scalar) else None

    @property
    def is_on(self) -> bool:
        """Whether the runner takes the value for true; what it cannot read it takes for false."""
        node = self.variable.entry.value
        is_true = isinstance(node, Scalar) and node.value is True
        return is_true or (self.variable.value or "").lower() in TRUE


def switches(pipeline: Pipeline, names: Collection[str]) -> Iterator[Switch]:
    """Each variable of `names` that the pipeline, its rules, a job, its rules or its matrix sets."""
    seen: set[int] = set()
    for job in (pipeline.jobs or pipeline.hidden_jobs).values():
        for variable in (*job.variables.values(), *job.rule_variables, *matrix_variables(job)):
            is_shared = variable.scope == "global"
            if variable.name not in names or (is_shared and id(variable.entry) in seen):
                continue
            seen.add(id(variable.entry))
            if is_shared or not _keeps(job):
                yield Switch(variable, None if is_shared else job)
    workflow = pipeline.node.get("workflow", "rules") if pipeline.node else None
    for variable in _of_rules(workflow):
        if variable.name in names:
            yield Switch(variable, None)


def _keeps(job: Job) -> bool:
    """Whether it is a trigger job that hands none of its variables on; it has no log of its own."""
    forwarded = job.get("trigger", "forward", "yaml_variables")
    return isinstance(forwarded, Scalar) and forwarded.value is False


def _of_rules(rules: Node | None) -> Iterator[Variable]:
    for rule in flat(rules) if rules is not None else ():
        if isinstance(rule, Mapping):
            yield from variables_of(rule.get("variables"), "rule").values()
