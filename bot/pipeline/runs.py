"""When a job can run: its rules, or only and except, asked of a few concrete pipelines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.documents.nodes import Mapping, Node, Scalar, text_of
from bot.pipeline.conditions import UNKNOWN, Lookup, Value, holds, matches, names_in
from bot.pipeline.jobs import flat, variables_of
from bot.pipeline.model import Answer, When

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Dict

    from bot.pipeline.model import Job, Variable
    from bot.snapshot import Project

_BRANCH: Final = "feature/from-anyone"
_FORK: Final = "somebody/fork"
_TAGS: Final = ("v1.0.0", "1.0.0")
_REPETITION: Final = 1_000
_MAX_NAMED: Final = 20
"""branch names in the rules of one job that are tried"""

_CHOSEN: Final[dict[str, str | None]] = {
    "CI_COMMIT_MESSAGE": "Change the script",
    "CI_COMMIT_TITLE": "Change the script",
    "CI_COMMIT_DESCRIPTION": "",
    "CI_MERGE_REQUEST_TITLE": "Change the script",
    "CI_MERGE_REQUEST_DESCRIPTION": "",
    "CI_MERGE_REQUEST_LABELS": None,
    "CI_OPEN_MERGE_REQUESTS": None,
}
"""What whoever makes the pipeline chooses. Tried as it stands here; a job that asks for another text may run too."""
_KEYWORDS: Final = frozenset(
    {
        *(
            "branches",
            "tags",
            "pushes",
            "web",
            "api",
            "schedules",
            "triggers",
            "pipelines",
            "external",
            "chat",
        ),
        *("merge_requests", "external_pull_requests"),
    }
)
"""Words of only/except that are no branches (docs.gitlab.com/ci/yaml/deprecated_keywords, 2026-11)."""
_NAMED: Final = re.compile(r"\$\{?(\w+)")
_ONLY_SOMETIMES: Final = (
    "CI_COMMIT_TAG",
    "CI_COMMIT_BRANCH",
    "CI_MERGE_REQUEST_",
    "CI_EXTERNAL_PULL_REQUEST_",
    "CI_PIPELINE_TRIGGERED",
    "CI_DEPLOY_FREEZE",
)
"""Unset where the pipeline is of another kind (docs.gitlab.com/ci/variables/predefined_variables, 2026-11)."""

Included: TypeAlias = tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """One concrete pipeline: its predefined variables, and the words of only/except that stand for it.

    `is_sure`: it surely is of the kind that is asked about; else (a tag or a branch that may be protected) it shows
    no more than that the answer is not no. `sets_variables`: whoever starts it may give it variables.
    """

    variables: Dict[str, str]
    words: frozenset[str]
    story: str
    is_sure: bool = True
    sets_variables: bool = False


class Patience:
    """How many conditions of one pipeline are asked: what a stranger writes must not cost unbounded time.

    A condition counts once, by its length; a counted repetition, which may stand for much more, counts as long.
    """

    def __init__(self, most: int = 40_000) -> None:
        self._left = most
        self._known: set[str] = set()

    def has_for(self, conditions: Iterable[str]) -> bool:
        """Whether these may be asked too."""
        new = set(conditions) - self._known
        self._known |= new
        self._left -= sum(len(each) + _REPETITION * each.count("{") for each in new)
        return self._left >= 0


def when_of(
    job: Job, root: Mapping, project: Project, included: Included = (), patience: Patience | None = None
) -> When:
    """Whether `job` can run in three kinds of pipeline, with an example of one in which it does.

    `included`: the rules of the includes that bring its file in, one tuple for each way; any way will do.
    """
    asked = _Asked(job, root, included)
    if patience is not None and not patience.has_for(asked.conditions()):
        return When(Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN)
    named = asked.named_branches() - {project.default_branch}
    answers = []
    shown: _Run | None = None
    for runs in _kinds_of_runs(project, named):
        answer, run = _ask(asked, runs)
        answers.append(answer)
        shown = shown or run
    example = {name: value for name, value in shown.variables.items() if value} if shown else {}
    return When(
        unprotected_ref=answers[0],
        merge_request=answers[1],
        fork=answers[2],
        example=example,
        story=shown.story if shown else "",
    )


@lru_cache(maxsize=64)
def _kinds_of_runs(project: Project, named: frozenset[str]) -> tuple[tuple[_Run, ...], ...]:
    """The pipelines that are asked about, in the three kinds; most jobs of a project ask about the same."""
    return (
        tuple(_unprotected_runs(project, named)),
        tuple(_merge_request_runs(project, named, project.path)),
        tuple(_merge_request_runs(project, named, _FORK)),
    )


def _ask(asked: _Asked, runs: Iterable[_Run]) -> tuple[Answer, _Run | None]:
    answer = Answer.NO
    for run in runs:
        outcome = asked.runs_in(run)
        if outcome and run.is_sure:
            return Answer.YES, run
        if outcome is not False:
            answer = Answer.UNKNOWN
    return answer, None


def _base(project: Project) -> dict[str, str]:
    known = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": project.default_branch,
        "CI_COMMIT_REF_PROTECTED": "false",
    }
    if project.path:
        known["CI_PROJECT_PATH"] = project.path
        known["CI_PROJECT_NAMESPACE"], _, known["CI_PROJECT_NAME"] = project.path.rpartition("/")
        known["CI_PROJECT_ROOT_NAMESPACE"] = project.path.partition("/")[0]
    if project.id is not None:
        known["CI_PROJECT_ID"] = str(project.id)
    if project.host:
        known["CI_SERVER_HOST"] = project.host
    return known


def _ref(name: str) -> dict[str, str]:
    slug = re.sub(r"[^a-z0-9]", "-", name.lower())[:63].strip("-")
    return {"CI_COMMIT_REF_NAME": name, "CI_COMMIT_REF_SLUG": slug}


def _unprotected_runs(project: Project, named: Iterable[str]) -> Iterator[_Run]:
    """Pipelines of branches that anyone may push; of those that `named` in the rules, where they are no others."""
    any_branch = (_BRANCH, f"{project.default_branch}-copy", f"copy-{project.default_branch}")
    for branch in (*any_branch, *sorted(named)[:_MAX_NAMED]):
        if any(_covers(protected, branch) for protected in project.protected_refs):
            continue
        known = {**_base(project), **_ref(branch), "CI_COMMIT_BRANCH": branch}
        is_sure = branch in any_branch or bool(project.protected_refs)
        for source, word, story in (
            ("push", "pushes", f"a Developer pushes the branch `{branch}`"),
            ("web", "web", f"a Developer starts a pipeline for the branch `{branch}` by hand"),
            ("api", "api", f"a Developer starts a pipeline for the branch `{branch}` through the API"),
            ("schedule", "schedules", f"a Developer schedules a pipeline for the branch `{branch}`"),
        ):
            yield _Run(
                {**known, "CI_PIPELINE_SOURCE": source},
                frozenset({"branches", source, word}),
                story,
                is_sure,
                sets_variables=source != "push",
            )
    for source in ("trigger", "pipeline", "chat", "external"):
        known = {**_base(project), **_ref(_BRANCH), "CI_COMMIT_BRANCH": _BRANCH, "CI_PIPELINE_SOURCE": source}
        words = frozenset({"branches", source, f"{source}s"})
        yield _Run(known, words, "", is_sure=False, sets_variables=True)
    for tag in _TAGS:
        known = {**_base(project), **_ref(tag), "CI_COMMIT_TAG": tag, "CI_PIPELINE_SOURCE": "push"}
        yield _Run(known, frozenset({"tags", "push", "pushes"}), "", is_sure=False)


def _covers(protected: str, branch: str) -> bool:
    """Whether a protected branch's name or pattern is for `branch`; `*` stands for any characters."""
    pattern = ".*".join(map(re.escape, protected.split("*")))
    return re.fullmatch(pattern, branch, re.DOTALL) is not None


def _merge_request_runs(project: Project, named: Iterable[str], source: str) -> Iterator[_Run]:
    """Pipelines of merge requests from a branch of the project `source`, also into branches that rules name."""
    story = (
        "a member starts the merge request pipeline of a fork in this project"
        if source == _FORK
        else f"a Developer opens a merge request from the branch `{_BRANCH}`"
    )
    targets = [(project.default_branch, kind) for kind in ("detached", "merged_result", "merge_train")]
    for target, kind in (*targets, *((branch, "detached") for branch in sorted(named)[:_MAX_NAMED])):
        known = {
            **_base(project),
            **_ref(_BRANCH),
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_ID": "1",
            "CI_MERGE_REQUEST_IID": "1",
            "CI_MERGE_REQUEST_EVENT_TYPE": kind,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": _BRANCH,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": target,
        }
        if source:
            known["CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"] = source
        if project.path:
            known["CI_MERGE_REQUEST_PROJECT_PATH"] = project.path
        yield _Run(known, frozenset({"merge_requests", "merge_request"}), story, is_sure=kind == "detached")


class _Asked:
    """One job's conditions and those of its pipeline."""

    def __init__(self, job: Job, root: Mapping, included: Included) -> None:
        self._included = () if () in included else included
        self._variables = job.variables
        self._cells = job.cells
        self._globals = {name: v for name, v in job.variables.items() if v.scope == "global"}
        self._workflow = _given(root.get("workflow", "rules"))
        self._rules = _given(job.node.get("rules"))
        self._only, self._except = _given(job.node.get("only")), _given(job.node.get("except"))
        self._is_never = text_of(job.node.get("when")) == "never"
        self._of_workflow = frozenset(
            name for rule in _rules_in(self._workflow) for name in variables_of(rule.get("variables"), "rule")
        )

    def conditions(self) -> Iterator[str]:
        """The text of every condition."""
        ways = (rules for way in self._included for rules in way)
        for node in (self._workflow, self._rules, self._only, self._except, *ways):
            for item in flat(node) if node is not None else ():
                if isinstance(item, Mapping):
                    for key in ("if", "refs", "variables"):
                        yield from (scalar.text for scalar in _scalars(item.get(key)))
                elif isinstance(item, Scalar):
                    yield item.text

    def named_branches(self) -> frozenset[str]:
        """The branch names, perhaps, that the conditions hold."""
        names: set[str] = set()
        for rule in (*_rules_in(self._workflow), *_rules_in(self._rules)):
            names |= names_in(text_of(rule.get("if")) or "")
        for node in (self._only, self._except):
            refs = node.get("refs") if isinstance(node, Mapping) else node
            names |= {item.text.partition("@")[0] for item in _scalars(refs)}
        names -= _KEYWORDS
        return frozenset(name for name in names if re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", name))

    def runs_in(self, run: _Run) -> bool | None:
        """Whether the job is part of the pipeline `run`."""
        if self._outcome(run, chosen=True):
            return True
        # Another commit message or another variable could have made it run.
        return None if self._outcome(run, chosen=False) is not False else False

    def _outcome(self, run: _Run, *, chosen: bool) -> bool | None:
        # Includes are resolved before any YAML is merged: its variables are not known to their rules.
        pipeline = self._is_included(self._lookup(run, {}, chosen=chosen))
        if pipeline is not False and self._workflow is not None:
            begins = _first_match(self._workflow, self._lookup(run, self._globals, chosen=chosen))
            pipeline = begins if pipeline else (None if begins is not False else False)
        if pipeline is False:
            return False
        lookup = self._lookup(run, self._variables, chosen=chosen)
        if self._rules is not None:
            own = self._first_match_of_any_cell(run, chosen=chosen)
        else:
            own = False if self._is_never else self._only_and_except(run, lookup)
        return False if own is False else (None if own is None or pipeline is None else True)

    def _first_match_of_any_cell(self, run: _Run, *, chosen: bool) -> bool | None:
        """Whether one of the jobs that the matrix makes runs; those that the rules cannot tell apart count once."""
        assert self._rules is not None  # noqa: S101 - asked only then
        asked = {
            name for rule in _rules_in(self._rules) for name in _NAMED.findall(text_of(rule.get("if")) or "")
        }
        views = {
            tuple(variable.value for name, variable in cell.items() if name in asked): cell
            for cell in self._cells
        }
        return _any(
            _first_match(self._rules, self._lookup(run, {**self._variables, **cell}, chosen=chosen))
            for cell in views.values() or ({},)
        )

    def _is_included(self, lookup: Lookup) -> bool | None:
        if not self._included:
            return True
        ways = ([_first_match(rules, lookup) for rules in way] for way in self._included)
        return _any(False if False in way else (None if None in way else True) for way in ways)

    def _lookup(self, run: _Run, written: Dict[str, Variable], *, chosen: bool) -> Lookup:
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

    def _only_and_except(self, run: _Run, lookup: Lookup) -> bool | None:
        """`only` wants every one of its keys and has refs by default, `except` any one and has none."""
        wanted = list(_policies(self._only, run, lookup))
        if not (isinstance(self._only, Mapping) and "refs" in self._only) and not _is_list(self._only):
            wanted.append(bool(run.words & {"branches", "tags"}))
        unwanted = _any(_policies(self._except, run, lookup))
        if False in wanted or unwanted:
            return False
        return None if None in wanted or unwanted is None else True


def _given(node: Node | None) -> Node | None:
    """The node, unless it is a YAML null, which GitLab takes for nothing."""
    return None if isinstance(node, Scalar) and node.value is None else node


def _is_list(node: Node | None) -> bool:
    return node is not None and not isinstance(node, Mapping)


def _rules_in(node: Node | None) -> tuple[Mapping, ...]:
    return tuple(rule for rule in flat(node) if isinstance(rule, Mapping)) if node is not None else ()


def _first_match(rules: Node, lookup: Lookup) -> bool | None:
    """What the first rule that matches says; None where it depends on what cannot be known."""
    may: set[bool] = set()
    for rule in _rules_in(rules):
        condition = text_of(rule.get("if"))
        is_true = True if condition is None else holds(condition, lookup)
        if is_true and ("changes" in rule or "exists" in rule):
            is_true = None
        if is_true is not False:
            may.add(text_of(rule.get("when")) != "never")
        if is_true:
            break
    else:
        may |= {False}
    return may.pop() if len(may) == 1 else None


def _policies(node: Node | None, run: _Run, lookup: Lookup) -> Iterator[bool | None]:
    """What each key of an `only` or `except` says of the pipeline."""
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            if key == "refs":
                yield _any(_ref_matches(item.text, run) for item in _scalars(entry.value))
            elif key == "variables":
                yield _any(holds(item.text, lookup) for item in _scalars(entry.value))
            else:
                yield None
    elif node is not None:
        yield _any(_ref_matches(item.text, run) for item in _scalars(node))


def _scalars(node: Node | None) -> list[Scalar]:
    return [item for item in flat(node) if isinstance(item, Scalar)] if node is not None else []


def _any(answers: Iterable[bool | None]) -> bool | None:
    known = set(answers)
    return True if True in known else (None if None in known else False)


def _ref_matches(text: str, run: _Run) -> bool | None:
    """Whether `branches`, `main`, `/pattern/` or `main@group/project` is this pipeline.

    After gitlabhq `lib/gitlab/ci/build/policy/refs.rb`, read 2026-11: names and patterns are for branches and tags,
    not for merge request pipelines.
    """
    name, at, project = text.partition("@")
    if at and project != run.variables.get("CI_PROJECT_PATH"):
        return False if "CI_PROJECT_PATH" in run.variables else None
    if name in run.words:
        return True
    if not run.words & {"branches", "tags"}:
        return False
    ref = run.variables["CI_COMMIT_REF_NAME"]
    return matches(name, ref) if name.startswith("/") else name == ref
