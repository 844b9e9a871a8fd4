"""When a job can run: its rules, or only and except, asked of a few concrete pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, text_of
from bot.pipeline.clauses import (
    any_of,
    branches_in,
    first_match,
    only_and_except,
    only_of,
    policy_of,
    rules_of,
    texts_in,
    variables_in,
)
from bot.pipeline.conditions import UNKNOWN
from bot.pipeline.jobs import flat, variables_of, workflow_rules_of
from bot.pipeline.model import Truth, When
from bot.pipeline.runs import kinds_of_runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Dict

    from bot.documents.nodes import Node
    from bot.pipeline.clauses import Rules
    from bot.pipeline.conditions import Lookup, Value
    from bot.pipeline.model import Job, Variable
    from bot.pipeline.runs import PipelineRun
    from bot.snapshot import Project

MOST_CONDITIONS: Final = 40_000
"""Characters of conditions that are asked in one pipeline: what a stranger writes must not cost unbounded time."""
_REPETITION: Final = 1_000
"""what a counted repetition, `a{900}`, counts for: it may stand for as much"""
_CHOSEN: Final[dict[str, str | None]] = {
    "CI_COMMIT_MESSAGE": "Change the script",
    "CI_COMMIT_TITLE": "Change the script",
    "CI_COMMIT_DESCRIPTION": "",
    "CI_MERGE_REQUEST_TITLE": "Change the script",
    "CI_MERGE_REQUEST_DESCRIPTION": "",
    "CI_MERGE_REQUEST_LABELS": None,
    "CI_OPEN_MERGE_REQUESTS": None,
}
"""What anyone who makes the pipeline chooses. Tried as it is here; a job that asks for another text may run too."""
_ONLY_SOMETIMES: Final = (
    "CI_COMMIT_TAG",
    "CI_COMMIT_BRANCH",
    "CI_MERGE_REQUEST_",
    "CI_EXTERNAL_PULL_REQUEST_",
    "CI_PIPELINE_TRIGGERED",
    "CI_DEPLOY_FREEZE",
)
"""Unset where the pipeline is of another kind (docs.gitlab.com/ci/variables/predefined_variables, 2026-11)."""


class Timetable:
    """When the jobs of one pipeline run. Jobs with the same conditions are asked once.

    `included`: path of a file -> the rules of the includes that bring it in, one tuple for each way.
    """

    def __init__(
        self, root: Mapping, project: Project, included: Dict[str, tuple[tuple[Node, ...], ...]]
    ) -> None:
        self._project = project
        self._included = {
            path: tuple(tuple(rules_of(rules) or () for rules in way) for way in ways)
            for path, ways in included.items()
            if () not in ways
        }
        workflow = workflow_rules_of(root)
        self._workflow = rules_of(workflow)
        self._has_workflow_rules = workflow is not None
        self._of_workflow = frozenset(
            name
            for rule in (flat(workflow) if workflow is not None else ())
            if isinstance(rule, Mapping)
            for name in variables_of(rule.get("variables"), "rule")
        )
        self._left = MOST_CONDITIONS
        self._seen: set[str] = set()
        self._known: dict[object, When] = {}

    def when(self, job: Job) -> When:
        """Whether `job` can run in three kinds of pipeline, with an example of one in which it does."""
        asked = self._asked(job)
        known = self._known.get(asked.key)
        if known is None:
            unknown = When(Truth.UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN)
            known = asked.when(self._project) if self._has_patience_for(asked.texts) else unknown
            self._known[asked.key] = known
        return known

    def runs_in(self, job: Job, runs: Iterable[PipelineRun]) -> Truth:
        """Return whether `job` is part of one of these pipelines."""
        asked = self._asked(job)
        return asked.runs_in_any(runs) if self._has_patience_for(asked.texts) else Truth.UNKNOWN

    def _asked(self, job: Job) -> _Asked:
        return _Asked(
            job,
            self._workflow,
            self._of_workflow,
            self._included.get(job.entry.key.span.path, ()),
            has_workflow_rules=self._has_workflow_rules,
        )

    def _has_patience_for(self, texts: frozenset[str]) -> bool:
        new = texts - self._seen
        self._seen |= new
        self._left -= sum(len(text) + _REPETITION * text.count("{") for text in new)
        return self._left >= 0


class _Asked:
    """One job's conditions and those of its pipeline. What `key` is the same for has the same answers."""

    def __init__(
        self,
        job: Job,
        workflow: Rules | None,
        of_workflow: frozenset[str],
        included: tuple[tuple[Rules, ...], ...],
        *,
        has_workflow_rules: bool,
    ) -> None:
        self._workflow = workflow
        self._of_workflow = of_workflow
        self._included = included
        self._rules = rules_of(job.node.get("rules"))
        self._only = only_of(job.node, in_workflow_with_rules=has_workflow_rules)
        self._except = policy_of(job.node.get("except"))
        self._is_never = text_of(job.node.get("when")) == "never"
        self.texts = texts_in(
            (self._workflow, self._rules, *(rules for way in included for rules in way)),
            (self._only, self._except),
        )
        named = variables_in(self.texts)
        self._variables = {name: v for name, v in job.variables.items() if name in named}
        self._globals = {name: v for name, v in self._variables.items() if v.scope == "global"}
        cells = (
            {name: v for name, v in cell.items() if name in named} for cell in (job.cells if named else ())
        )
        self._cells = {tuple((name, v.value) for name, v in cell.items()): cell for cell in cells}
        self.key = (
            included,
            self._rules,
            self._only,
            self._except,
            self._is_never,
            tuple((name, v.value, v.scope) for name, v in self._variables.items()),
            tuple(self._cells),
        )

    def when(self, project: Project) -> When:
        """The answers for the three kinds of pipeline."""
        named = branches_in((self._workflow, self._rules), (self._only, self._except))
        answers = []
        shown: PipelineRun | None = None
        for runs in kinds_of_runs(project, named - {project.default_branch}):
            answer, run = self._ask(runs)
            answers.append(answer)
            shown = shown or run
        example = {n: v for n, v in shown.variables.items() if v and isinstance(v, str)} if shown else {}
        return When(
            unprotected_ref=answers[0],
            merge_request=answers[1],
            fork=answers[2],
            example=example,
            story=shown.story if shown else "",
        )

    def runs_in_any(self, runs: Iterable[PipelineRun]) -> Truth:
        """The answer for these pipelines together."""
        answer = any_of(self._runs_in(run) for run in runs)
        return Truth.UNKNOWN if answer is None else Truth.YES if answer else Truth.NO

    def _ask(self, runs: Iterable[PipelineRun]) -> tuple[Truth, PipelineRun | None]:
        answer = Truth.NO
        for run in runs:
            outcome = self._runs_in(run)
            if outcome and run.is_sure:
                return Truth.YES, run
            if outcome is not False:
                answer = Truth.UNKNOWN
        return answer, None

    def _runs_in(self, run: PipelineRun) -> bool | None:
        """Whether the job is part of the pipeline `run`."""
        if self._outcome(run, chosen=True):
            return True
        # Another commit message or another variable could have made it run.
        return None if self._outcome(run, chosen=False) is not False else False

    def _outcome(self, run: PipelineRun, *, chosen: bool) -> bool | None:
        # Includes are resolved before any YAML is merged: its variables are not known to their rules.
        pipeline = self._is_included(self._lookup(run, {}, chosen=chosen))
        if pipeline is not False and self._workflow is not None:
            begins = first_match(self._workflow, self._lookup(run, self._globals, chosen=chosen))
            pipeline = begins if pipeline else (None if begins is not False else False)
        if pipeline is False:
            return False
        if self._rules is not None:
            own = self._matches_in_any_cell(self._rules, run, chosen=chosen)
        elif self._is_never:
            own = False
        else:
            lookup = self._lookup(run, self._variables, chosen=chosen)
            own = only_and_except(self._only, self._except, run, lookup)
        return False if own is False else (None if own is None or pipeline is None else True)

    def _matches_in_any_cell(self, rules: Rules, run: PipelineRun, *, chosen: bool) -> bool | None:
        """Whether one of the jobs that the matrix makes runs; those that the rules cannot distinguish count once."""
        return any_of(
            first_match(rules, self._lookup(run, {**self._variables, **cell}, chosen=chosen))
            for cell in self._cells.values() or ({},)
        )

    def _is_included(self, lookup: Lookup) -> bool | None:
        if not self._included:
            return True
        ways = ([first_match(rules, lookup) for rules in way] for way in self._included)
        return any_of(False if False in way else (None if None in way else True) for way in ways)

    def _lookup(self, run: PipelineRun, written: Dict[str, Variable], *, chosen: bool) -> Lookup:
        def lookup(name: str) -> Value:
            if name in run.variables:
                return run.variables[name]
            if name in _CHOSEN:
                is_open = "CI_MERGE_REQUEST_IID" in run.variables and name == "CI_OPEN_MERGE_REQUESTS"
                return _CHOSEN[name] if chosen and not is_open else UNKNOWN
            if name.startswith(_ONLY_SOMETIMES):
                is_detail = name.startswith("CI_MERGE_REQUEST_") and "CI_MERGE_REQUEST_IID" in run.variables
                is_detail |= name.startswith("CI_COMMIT_TAG_") and "CI_COMMIT_TAG" in run.variables
                return UNKNOWN if is_detail or name in run.words else None
            # A variable that the file does not hold may be one of the project, the group or the instance.
            value = written[name].value if name in written and name not in self._of_workflow else None
            is_settled = chosen or not run.sets_variables
            return value if value is not None and "$" not in value and is_settled else UNKNOWN

        return lookup
