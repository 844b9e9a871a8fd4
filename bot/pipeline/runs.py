"""The concrete pipelines that a job is asked about."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.lazy import dataclass
from bot.pipeline.conditions import UNKNOWN, UnknownOperand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.snapshot import Project

_BRANCH: Final = "feature/from-anyone"
_FORK: Final = "somebody/fork"
_TAGS: Final = ("v1.0.0", "1.0.0")
_MAX_NAMED: Final = 20
"""branch names in the rules of one job that are tried"""


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One concrete pipeline: its predefined variables, and the words of only/except that stand for it.

    `is_sure`: it surely is of the kind that is asked about; else (a tag or a branch that may be protected) it shows
    no more than that the answer is not no. `sets_variables`: anyone who starts it may give it variables.
    """

    variables: Mapping[str, str | UnknownOperand]
    words: frozenset[str]
    story: str
    is_sure: bool = True
    sets_variables: bool = False


def words_of(kind: str | None, source: str) -> frozenset[str]:
    """The words of only/except that stand for a pipeline: "branches" or "tags", and its source in both numbers.

    After gitlabhq `lib/gitlab/ci/build/policy/refs.rb`, read 2026-11.
    """
    name = source.removesuffix("_event")
    return frozenset({name, plural(name), *([kind] if kind else ())})


def plural(source: str) -> str:
    """The plural of a source as Rails makes it: `pushes`, `webs`, `policies`."""
    if source.endswith("y"):
        return f"{source[:-1]}ies"
    return f"{source}es" if source.endswith(("sh", "ch", "s", "x")) else f"{source}s"


@lru_cache(maxsize=64)
def kinds_of_runs(project: Project, named: frozenset[str]) -> tuple[tuple[PipelineRun, ...], ...]:
    """The pipelines that are asked about, in the three kinds; most jobs of a project ask about the same."""
    return (
        tuple(_unprotected_runs(project, named)),
        tuple(_merge_request_runs(project, named, project.path)),
        tuple(_merge_request_runs(project, named, _FORK)),
    )


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


def _unprotected_runs(project: Project, named: Iterable[str]) -> Iterator[PipelineRun]:
    """Pipelines of branches that anyone may push; of those that `named` in the rules, where they are no others."""
    any_branch = (_BRANCH, f"{project.default_branch}-copy", f"copy-{project.default_branch}")
    for branch in (*any_branch, *sorted(named)[:_MAX_NAMED]):
        if any(_covers(protected, branch) for protected in project.protected_refs):
            continue
        known = {**_base(project), **_ref(branch), "CI_COMMIT_BRANCH": branch}
        is_sure = branch in any_branch or bool(project.protected_refs)
        for source, story in (
            ("push", f"a Developer pushes the branch `{branch}`"),
            ("web", f"a Developer starts a pipeline for the branch `{branch}` by hand"),
            ("api", f"a Developer starts a pipeline for the branch `{branch}` through the API"),
            ("schedule", f"a Developer schedules a pipeline for the branch `{branch}`"),
        ):
            yield PipelineRun(
                {**known, "CI_PIPELINE_SOURCE": source},
                words_of("branches", source),
                story,
                is_sure,
                sets_variables=source != "push",
            )
    for source in ("trigger", "pipeline", "chat", "external"):
        known = {**_base(project), **_ref(_BRANCH), "CI_COMMIT_BRANCH": _BRANCH, "CI_PIPELINE_SOURCE": source}
        yield PipelineRun(known, words_of("branches", source), "", is_sure=False, sets_variables=True)
    for tag in _TAGS:
        known = {**_base(project), **_ref(tag), "CI_COMMIT_TAG": tag, "CI_PIPELINE_SOURCE": "push"}
        yield PipelineRun(known, words_of("tags", "push"), "", is_sure=False)


MERGE_REQUEST: Final = "merge_request_event"


def run_of(project: Project, kind: str, ref: str | None, source: str, *, protected: bool) -> PipelineRun:
    """Return the pipeline of one branch or tag (`kind`), or of a merge request where `source` says so.

    `ref` None: of some branch or tag whose name is not known. `protected`: its ref surely is; else it may be.
    """
    name: str | UnknownOperand = UNKNOWN if ref is None else ref
    known: dict[str, str | UnknownOperand] = {
        **_base(project),
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_REF_PROTECTED": "true" if protected else UNKNOWN,
        "CI_COMMIT_REF_NAME": name,
        "CI_COMMIT_REF_SLUG": UNKNOWN if ref is None else _ref(ref)["CI_COMMIT_REF_SLUG"],
    }
    if source == MERGE_REQUEST:
        known |= {"CI_MERGE_REQUEST_ID": "1", "CI_MERGE_REQUEST_IID": "1"}
        known["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"] = name
        return PipelineRun(known, frozenset({"merge_requests", "merge_request"}), "", sets_variables=True)
    known["CI_COMMIT_TAG" if kind == "tag" else "CI_COMMIT_BRANCH"] = name
    words = {
        "tags" if kind == "tag" else "branches",
        source,
        f"{source}s",
        "pushes" if source == "push" else source,
    }
    return PipelineRun(known, frozenset(words), "", sets_variables=True)


def _covers(protected: str, branch: str) -> bool:
    """Whether a protected branch's name or pattern is for `branch`; `*` stands for any characters."""
    pattern = ".*".join(map(re.escape, protected.split("*")))
    return re.fullmatch(pattern, branch, re.DOTALL) is not None


def _merge_request_runs(project: Project, named: Iterable[str], source: str) -> Iterator[PipelineRun]:
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
        yield PipelineRun(known, words_of(None, "merge_request_event"), story, is_sure=kind == "detached")
