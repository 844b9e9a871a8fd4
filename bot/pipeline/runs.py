"""When a job can run: its rules, or only and except, asked of a few concrete pipelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Mapping, Node, Scalar, Sequence, text_of
from bot.pipeline.conditions import UNKNOWN, Value, holds, matches
from bot.pipeline.jobs import flat
from bot.pipeline.model import Answer, When

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.pipeline.model import Job, Variable
    from bot.snapshot import Project

_BRANCH: Final = "feature/from-anyone"


@dataclass(frozen=True, slots=True)
class _Run:
    """A kind of pipeline: its predefined variables, and the words of only/except that stand for it."""

    variables: dict[str, str]
    words: frozenset[str]
    story: str


def when_of(job: Job, root: Mapping, project: Project) -> When:
    """Whether `job` can run in three kinds of pipeline, with an example of one in which it does."""
    workflow = root.get("workflow", "rules")
    globals_ = {name: v for name, v in job.variables.items() if v.scope == "global"}
    answers: list[Answer] = []
    example: dict[str, str] = {}
    story = ""
    for runs in (_merge_request_runs(project), _unprotected_runs(project), _fork_runs(project)):
        answer = Answer.NO
        for run in runs:
            outcome = _runs_in(job, workflow, globals_, run)
            if outcome:
                answer = Answer.YES
                if not example or answers == [Answer.YES]:
                    example, story = dict(run.variables), run.story
                break
            if outcome is None:
                answer = Answer.UNKNOWN
        answers.append(answer)
    return When(answers[0], answers[1], answers[2], example, story)


def _base(project: Project) -> dict[str, str]:
    known = {"CI_DEFAULT_BRANCH": project.default_branch, "CI_COMMIT_REF_PROTECTED": "false"}
    if project.path:
        known |= {"CI_PROJECT_PATH": project.path, "CI_PROJECT_NAMESPACE": project.path.rpartition("/")[0]}
    return known | {"CI": "true", "GITLAB_CI": "true"}


def _unprotected_runs(project: Project) -> tuple[_Run, ...]:
    runs = []
    for branch in (_BRANCH, f"{project.default_branch}-copy", f"copy-{project.default_branch}"):
        ref = {"CI_COMMIT_BRANCH": branch, "CI_COMMIT_REF_NAME": branch}
        for source, word, who in (
            ("push", "pushes", f"a Developer pushes the branch `{branch}`"),
            ("web", "web", f"a Developer starts a pipeline for the branch `{branch}` by hand"),
            ("api", "api", f"a Developer starts a pipeline for the branch `{branch}` through the API"),
            ("schedule", "schedules", f"a Developer schedules a pipeline for the branch `{branch}`"),
        ):
            known = {**_base(project), **ref, "CI_PIPELINE_SOURCE": source}
            runs.append(_Run(known, frozenset({"branches", word}), who))
    return tuple(runs)


def _merge_request(project: Project, branch: str) -> dict[str, str]:
    return {
        **_base(project),
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_ID": "1",
        "CI_MERGE_REQUEST_IID": "1",
        "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": project.default_branch,
        "CI_COMMIT_REF_NAME": branch,
    }


def _merge_request_runs(project: Project) -> tuple[_Run, ...]:
    known = _merge_request(project, _BRANCH)
    if project.path:
        known |= {
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": project.path,
            "CI_MERGE_REQUEST_PROJECT_PATH": project.path,
        }
    story = f"a Developer opens a merge request from the branch `{_BRANCH}`"
    return (_Run(known, frozenset({"merge_requests"}), story),)


def _fork_runs(project: Project) -> tuple[_Run, ...]:
    known = _merge_request(project, _BRANCH)
    known["CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"] = "somebody/fork"
    if project.path:
        known["CI_MERGE_REQUEST_PROJECT_PATH"] = project.path
    story = "a member starts the merge request pipeline of a fork in this project"
    return (
        _Run(
            known, frozenset({"merge_requests", "external_pull_requests"} - {"external_pull_requests"}), story
        ),
    )


def _runs_in(job: Job, workflow: Node | None, globals_: dict[str, Variable], run: _Run) -> bool | None:
    """Whether `job` is part of the pipeline `run`."""
    pipeline = True if workflow is None else _rules(workflow, _lookup(run, globals_))
    if pipeline is False:
        return False
    rules = job.node.get("rules")
    if rules is not None:
        own = _rules(rules, _lookup(run, job.variables))
    else:
        when = text_of(job.node.get("when"))
        own = False if when == "never" else _only_except(job, run)
    return False if own is False else (None if own is None or pipeline is None else True)


_NOT_KNOWN: Final = frozenset({"CI_OPEN_MERGE_REQUESTS", "CI_MERGE_REQUEST_LABELS", "CI_MERGE_REQUEST_TITLE"})
_ONLY_SOMETIMES: Final = (
    "CI_COMMIT_TAG",
    "CI_COMMIT_BRANCH",
    "CI_MERGE_REQUEST_",
    "CI_EXTERNAL_PULL_REQUEST_",
)


def _lookup(run: _Run, written: dict[str, Variable]) -> Callable[[str], Value]:
    def lookup(name: str) -> Value:
        if name in run.variables:
            return run.variables[name]
        if name in _NOT_KNOWN:
            return UNKNOWN
        if name.startswith(_ONLY_SOMETIMES):
            is_detail = name.startswith("CI_MERGE_REQUEST_") and "CI_MERGE_REQUEST_IID" in run.variables
            return UNKNOWN if is_detail or name.startswith("CI_COMMIT_TAG_") else None
        value = written[name].value if name in written else None
        # A variable of the project, the group or the one who starts the pipeline may stand above it.
        return UNKNOWN if value is None or "$" in value else value

    return lookup


def _rules(node: Node, lookup: Callable[[str], Value]) -> bool | None:
    """What the first rule that matches says; None where it depends on what cannot be known."""
    may: set[bool] = set()
    for rule in flat(node):
        if not isinstance(rule, Mapping):
            continue
        outcome = text_of(rule.get("when")) != "never"
        condition = text_of(rule.get("if"))
        holding = True if condition is None else holds(condition, lookup)
        if holding and ("changes" in rule or "exists" in rule):
            holding = None
        if holding is False:
            continue
        may.add(outcome)
        if holding:
            break
    else:
        may |= {False}
    return may.pop() if len(may) == 1 else None


def _only_except(job: Job, run: _Run) -> bool | None:
    only, excluded = job.node.get("only"), job.node.get("except")
    wanted = _words(only, job, run) if only is not None else bool(run.words & {"branches", "tags"})
    if wanted is False:
        return False
    unwanted = _words(excluded, job, run) if excluded is not None else False
    if unwanted:
        return False
    return None if wanted is None or unwanted is None else True


def _words(node: Node, job: Job, run: _Run) -> bool | None:
    """Whether `only` (or `except`) matches: every one of its keys must."""
    if isinstance(node, Mapping):
        answers = []
        for key, entry in node.entries.items():
            if key == "refs":
                answers.append(_refs(entry.value, run))
            elif key == "variables":
                answers.append(
                    _any(holds(i.text, _lookup(run, job.variables)) for i in _scalars(entry.value))
                )
            else:
                answers.append(None)
        if "refs" not in node and "branches" not in run.words:
            answers.append(False)
        return False if False in answers else (None if None in answers else True)
    return _refs(node, run)


def _scalars(node: Node) -> list[Scalar]:
    return [item for item in flat(node) if isinstance(item, Scalar)]


def _any(answers: object) -> bool | None:
    known = list(answers)  # type: ignore[call-overload]
    return True if True in known else (None if None in known else False)


def _refs(node: Node, run: _Run) -> bool | None:
    return (
        _any([_ref(item.text, run) for item in _scalars(node)])
        if isinstance(node, Sequence | Scalar)
        else None
    )


def _ref(text: str, run: _Run) -> bool | None:
    name, at, project = text.rpartition("@")
    if at and not text.startswith("/"):
        if project != run.variables.get("CI_PROJECT_PATH"):
            return None
        text = name
    if text in run.words:
        return True
    if text in {
        "branches",
        "tags",
        "pushes",
        "web",
        "api",
        "schedules",
        "merge_requests",
        "triggers",
        "pipelines",
        "external",
        "chat",
    }:
        return False
    if "merge_requests" in run.words:
        return False
    ref = run.variables["CI_COMMIT_REF_NAME"]
    body, slash, flags = text[1:].rpartition("/")
    if text.startswith("/") and slash:
        return matches(body, flags.partition("@")[0], ref)
    return text == ref
