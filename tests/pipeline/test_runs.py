"""When a job can run: `rules`, `only` and `except`, `workflow`, asked of concrete pipelines."""

from __future__ import annotations

import textwrap

import pytest

from bot.documents.documents import Documents
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Truth, When
from bot.snapshot import Project, Tree

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
PROJECT = Project(path="group/app", default_branch="main")


def when(text: str, project: Project = PROJECT) -> When:
    written = textwrap.dedent(text)
    files = {".gitlab-ci.yml": f"a:\n  script: [x]\n{textwrap.indent(written, '  ')}"}
    if "workflow:" in written:
        own, _, workflow = written.partition("workflow:")
        files = {".gitlab-ci.yml": f"workflow:{workflow}a:\n  script: [x]\n{textwrap.indent(own, '  ')}"}
    tree = Tree(files, project=project, listing=frozenset(files))
    return load_pipelines(tree, Documents(files))[0].jobs["a"].when


@pytest.mark.parametrize(
    ("text", "unprotected", "merge_request", "fork"),
    [
        ("", YES, NO, NO),
        ("when: manual\n", YES, NO, NO),
        ("rules: [{when: always}]\n", YES, YES, YES),
        ("rules: [{when: manual}]\n", YES, YES, YES),
        ("rules: []\n", NO, NO, NO),
        ("rules: null\n", YES, YES, YES),  # the key alone takes the default `only` away
        ("workflow: {rules: [{when: always}]}\n", YES, YES, YES),  # and so does the pipeline's
        ("only: [branches]\nworkflow: {rules: [{when: always}]}\n", YES, NO, NO),
        ("workflow: {rules: [{when: always}], script: x}\n", YES, NO, NO),  # a job by that name
        ("only: [webs]\n", YES, NO, NO),
        ("only: [apis]\n", YES, NO, NO),
        ("rules: [{if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}]\n", NO, NO, NO),
        ("rules: [{if: '$CI_COMMIT_REF_PROTECTED == \"true\"'}]\n", NO, NO, NO),
        ("rules: [{if: '$CI_COMMIT_BRANCH =~ /main/'}]\n", YES, NO, NO),
        ("rules: [{if: '$CI_COMMIT_BRANCH =~ /^main$/'}]\n", NO, NO, NO),
        ("rules: [{if: '$CI_COMMIT_REF_NAME =~ /^main/'}]\n", YES, NO, NO),
        ("rules: [{if: '$CI_COMMIT_REF_NAME'}]\n", YES, YES, YES),
        ("rules: [{if: '$CI_PIPELINE_SOURCE == \"schedule\"'}]\n", YES, NO, NO),
        ("rules: [{if: '$CI_PIPELINE_SOURCE == \"trigger\"'}]\n", UNKNOWN, NO, NO),
        ("rules: [{if: '$CI_COMMIT_TAG'}]\n", UNKNOWN, NO, NO),
        ("rules: [{if: '$DEPLOY == \"yes\"'}]\n", UNKNOWN, UNKNOWN, UNKNOWN),
        ("rules: [{changes: [a]}]\n", UNKNOWN, UNKNOWN, UNKNOWN),
        ("rules: [{changes: [a], when: never}, {when: always}]\n", UNKNOWN, UNKNOWN, UNKNOWN),
        ("rules: [{if: $CI_MERGE_REQUEST_IID, when: never}, {when: on_success}]\n", YES, NO, NO),
        (
            "rules: [{if: '$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH'}]\n",
            NO,
            YES,
            NO,
        ),
        ("rules: [{if: '$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == \"release\"'}]\n", NO, YES, YES),
        ("rules: [{if: '$CI_MERGE_REQUEST_EVENT_TYPE == \"merge_train\"'}]\n", NO, UNKNOWN, UNKNOWN),
        # Who makes the pipeline chooses its texts; without a deploy word the job does not run.
        ("rules: [{if: '$CI_COMMIT_MESSAGE =~ /deploy/'}]\n", UNKNOWN, UNKNOWN, UNKNOWN),
        (
            "rules: [{if: '$CI_COMMIT_MESSAGE =~ /skip/', when: never}, {if: $CI_COMMIT_BRANCH}]\n",
            YES,
            NO,
            NO,
        ),
        # A branch of whose protection nothing is known.
        ("rules: [{if: '$CI_COMMIT_BRANCH == \"develop\"'}]\n", UNKNOWN, NO, NO),
        ("only: [develop]\n", UNKNOWN, NO, NO),
        # only and except
        ("only: [main]\n", NO, NO, NO),
        ("only: main\n", NO, NO, NO),
        ("only: [branches]\n", YES, NO, NO),
        ("only: [pushes]\n", YES, NO, NO),
        ("only: [web]\n", YES, NO, NO),
        ("only: [tags]\n", UNKNOWN, NO, NO),
        ("only: [triggers]\n", UNKNOWN, NO, NO),
        ("only: [merge_requests]\n", NO, YES, YES),
        ("only: [branches, merge_requests]\n", YES, YES, YES),
        ("only: ['/^feature/']\n", YES, NO, NO),
        ("only: ['/^FEATURE/i']\n", YES, NO, NO),
        ("only: ['/^release/']\n", NO, NO, NO),
        ("only: [branches@group/app]\n", YES, NO, NO),
        ("only: [branches@other/app]\n", NO, NO, NO),
        ("only: ['/^feature/@other/app']\n", NO, NO, NO),
        ("only: {refs: [branches], variables: [$CI_COMMIT_BRANCH]}\n", YES, NO, NO),
        ("only: {variables: [$CI_COMMIT_TAG]}\n", UNKNOWN, NO, NO),
        ("only: {changes: [a]}\n", UNKNOWN, NO, NO),
        ("only: {kubernetes: active}\n", UNKNOWN, NO, NO),
        ("only: {refs: [main], changes: [a]}\n", NO, NO, NO),
        ("except: [branches]\n", UNKNOWN, NO, NO),
        ("except: ['/^feature/']\n", YES, NO, NO),
        ("except: {variables: [$CI_COMMIT_BRANCH]}\n", UNKNOWN, NO, NO),
        ("only: [merge_requests]\nexcept: {variables: [$CI_MERGE_REQUEST_IID]}\n", NO, NO, NO),
        ("except: {refs: [main], changes: [a]}\n", UNKNOWN, NO, NO),
        # workflow
        ("workflow:\n  rules: [{if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}]\n", NO, NO, NO),
        (
            (
                "rules: [{when: always}]\nworkflow:\n  rules:\n"
                "    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'\n"
                "    - {if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS, when: never}\n"
                "    - if: $CI_COMMIT_BRANCH\n"
            ),
            YES,
            YES,
            YES,
        ),
    ],
)
def test_when(text: str, unprotected: Truth, merge_request: Truth, fork: Truth) -> None:
    found = when(text)
    assert (found.unprotected_ref, found.merge_request, found.fork) == (unprotected, merge_request, fork)
    assert bool(found.example) == bool(found.story) == (YES in {unprotected, merge_request, fork})


def test_the_example_is_a_pipeline_in_which_the_job_runs() -> None:
    found = when("rules: [{if: '$CI_COMMIT_BRANCH =~ /-main$/'}]\n")
    assert found.example["CI_COMMIT_BRANCH"] == "copy-main"
    assert found.example["CI_PIPELINE_SOURCE"] == "push"
    assert found.story == "a Developer pushes the branch `copy-main`"


@pytest.mark.parametrize(
    ("protected", "branch", "answer"),
    [
        (("main",), "develop", YES),
        (("main", "dev*"), "develop", NO),
        (("main", "release/*"), "release/1/x", NO),
        (("*",), "develop", NO),
    ],
)
def test_branches_whose_protection_is_known(protected, branch, answer) -> None:
    project = Project(path="group/app", protected_refs=protected)
    assert when(f"only: ['{branch}']\n", project).unprotected_ref is answer


def test_a_variable_of_the_workflow_is_not_what_the_file_says_above() -> None:
    text = "rules: [{if: '$MODE == \"full\"'}]\nvariables: {MODE: full}\n"
    assert when(text).unprotected_ref is YES
    workflow = "workflow:\n  rules: [{if: $CI_COMMIT_BRANCH, variables: {MODE: small}}]\n"
    assert when(text + workflow).unprotected_ref is UNKNOWN


def test_a_pipeline_with_endless_conditions_is_unknown_from_there_on() -> None:
    rules = "".join(f"    - if: $CI_COMMIT_BRANCH =~ /^release-{i:0200}$/\n" for i in range(400))
    text = (
        "a:\n  script: [x]\n  rules: [{if: $CI_COMMIT_BRANCH == 'main'}]\n"
        f"b:\n  script: [x]\n  rules:\n{rules}"
    )
    files = {".gitlab-ci.yml": text}
    jobs = load_pipelines(Tree(files), Documents(files))[0].jobs
    assert jobs["a"].when.unprotected_ref is Truth.NO
    assert jobs["b"].when.unprotected_ref is Truth.UNKNOWN
    assert jobs["a"].when.merge_request is Truth.NO
