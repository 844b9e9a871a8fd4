"""Pipelines as GitLab merges them, each value on the line that a person would edit."""

from __future__ import annotations

import pytest

from bot.documents.documents import Documents
from bot.pipeline.conditions import UNKNOWN, holds
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Pipeline, Truth, is_foreign
from bot.snapshot import ForeignFile, Project, Tree


def load(**files: str) -> Pipeline:
    named = {name.replace("__", "/") + ".yml": text for name, text in files.items()}
    named[".gitlab-ci.yml"] = named.pop("ci.yml")
    tree = Tree(named, listing=frozenset(named))
    return load_pipelines(tree, Documents(named))[0]


def test_two_extends_an_anchor_and_an_include_keep_their_lines() -> None:
    pipeline = load(
        ci="include: base.yml\n.mid:\n  extends: .base\n  after_script: &late\n    - echo late\n"
        "deploy:\n  extends: .mid\n  script:\n    - echo own\n  before_script: *late\n",
        base=".base:\n  variables:\n    A: one\n  script: [echo base]\n",
    )
    job = pipeline.jobs["deploy"]
    assert [(line.section, line.text, line.path, line.place(0).line) for line in job.scripts] == [
        ("before_script", "echo late", ".gitlab-ci.yml", 5),
        ("script", "echo own", ".gitlab-ci.yml", 9),
        ("after_script", "echo late", ".gitlab-ci.yml", 5),
    ]
    variable = job.variables["A"].entry.key.span
    assert (variable.path, variable.start_line) == ("base.yml", 3)
    assert pipeline.files == (".gitlab-ci.yml", "base.yml")
    assert pipeline.unread == ()


def test_a_reference_reads_the_extended_job_and_a_cycle_is_reported() -> None:
    pipeline = load(
        ci=".a:\n  script: [one, two]\n.b:\n  extends: .a\njob:\n  script:\n    - !reference [.b, script]\n    - three\n"
        "loop:\n  script: !reference [loop, script]\n"
    )
    assert [line.text for line in pipeline.jobs["job"].scripts] == ["one", "two", "three"]
    assert [(u.line, "part of a circular chain" in u.reason) for u in pipeline.unread] == [(10, True)]


def test_a_reference_to_a_position_is_reported() -> None:
    pipeline = load(ci=".list: [redis]\na:\n  script: [x]\n  services: [!reference [.list, 0]]\n")
    assert [(u.line, "is not valid" in u.reason) for u in pipeline.unread] == [(4, True)]


def test_an_extends_cycle_is_reported() -> None:
    pipeline = load(ci="a:\n  extends: b\n  script: [x]\nb:\n  extends: a\n")
    assert any("circular dependency" in unread.reason for unread in pipeline.unread)


def test_inputs_are_filled_in_and_what_has_no_value_stays() -> None:
    pipeline = load(
        ci="include:\n  - local: part.yml\n    inputs: {where: production}\n",
        part="spec:\n  inputs:\n    where:\n    open:\n---\n"
        "deploy:\n  environment: $[[ inputs.where ]]\n  script:\n    - run $[[ inputs.where | truncate(0,4) ]] $[[ inputs.open ]]\n",
    )
    job = pipeline.jobs["deploy"]
    assert job.environment == "production"
    assert job.scripts[0].text == "run prod $[[ inputs.open ]]"
    line = "    - run $[[ inputs.where | truncate(0,4) ]] $[[ inputs.open ]]"
    assert job.scripts[0].place(9) == (9, line.rindex("$") + 1)


def test_a_default_is_inherited_unless_refused() -> None:
    pipeline = load(
        ci="default:\n  id_tokens:\n    T: {aud: x}\na:\n  script: [x]\nb:\n  inherit: {default: false}\n  script: [x]\n"
    )
    assert pipeline.jobs["a"].id_tokens["T"].from_default
    assert not pipeline.jobs["b"].id_tokens


def test_a_foreign_file_is_wanted_then_marked() -> None:
    files = {".gitlab-ci.yml": "include:\n  - project: group/ci\n    file: /job.yml\n"}
    wanted = load_pipelines(Tree(files), Documents(files))[0]
    file = ForeignFile("group/ci", "", "job.yml")
    assert [want.foreign for want in wanted.wanted] == [file]
    tree = Tree(files, foreign={file: "deploy:\n  script: [x]\n"})
    pipeline = load_pipelines(tree, Documents(files))[0]
    path = pipeline.jobs["deploy"].scripts[0].path
    assert is_foreign(path)
    assert pipeline.included_at[path].start_line == 2
    assert pipeline.wanted == ()


@pytest.mark.parametrize(
    ("rules", "unprotected", "merge_request"),
    [
        ("", Truth.YES, Truth.NO),
        ("  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n", Truth.NO, Truth.NO),
        ("  rules:\n    - if: $CI_COMMIT_BRANCH =~ /main/\n", Truth.YES, Truth.NO),
        ("  rules:\n    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'\n", Truth.NO, Truth.YES),
        ("  rules:\n    - changes: [a]\n", Truth.UNKNOWN, Truth.UNKNOWN),
        ("  only: [main]\n", Truth.NO, Truth.NO),
        ("  only: [merge_requests]\n", Truth.NO, Truth.YES),
        ("  except: [/^feature/]\n", Truth.YES, Truth.NO),
    ],
)
def test_when_a_job_can_run(rules: str, unprotected: Truth, merge_request: Truth) -> None:
    when = load(ci=f"deploy:\n  script: [x]\n{rules}").jobs["deploy"].when
    assert (when.unprotected_ref, when.merge_request) == (unprotected, merge_request)


def test_expressions() -> None:
    known = {"A": "x", "B": None}
    lookup = lambda name: known.get(name, UNKNOWN)  # noqa: E731
    assert holds('$A == "x" && ($B || $A =~ /^X$/i)', lookup) is True
    assert holds("$C && $B", lookup) is False
    assert holds("$A || $C", lookup) is True
    assert holds("$C == null", lookup) is None
    assert holds("$A ==", lookup) is None


def test_the_default_branch_is_the_projects() -> None:
    text = {".gitlab-ci.yml": "a:\n  script: [x]\n  only: [trunk]\n"}
    tree = Tree(text, project=Project(default_branch="trunk"))
    assert load_pipelines(tree, Documents(text))[0].jobs["a"].when.unprotected_ref is Truth.NO


def test_a_script_line_that_yaml_reads_as_a_mapping_is_reported() -> None:
    text = 'a:\n  script:\n    - make\n    - echo "key: $KEY"\n'
    (unread,) = load(ci=text).unread
    assert (unread.path, unread.line) == (".gitlab-ci.yml", 4)
    assert "quote the whole line" in unread.reason


PART = "deploy:\n  script: [x]\n"


def conditional(rules: str, **more: str) -> Pipeline:
    return load(ci=f"include:\n  - local: part.yml\n    rules: {rules}\n", part=PART, **more)


@pytest.mark.parametrize(
    "rules",
    [
        "[{when: never}]",
        "[{if: $CI_PROJECT_PATH == 'other/project'}]",
        "[{exists: [Dockerfile]}]",
        "[{exists: ['docker/**/*.yml']}]",
        "[{if: $CI_SERVER_HOST == 'other.example', when: always}, {when: never}]",
        "[{exists: []}]",
    ],
)
def test_a_file_that_no_pipeline_includes_is_reported_and_not_followed(rules: str) -> None:
    files = {
        ".gitlab-ci.yml": f"include:\n  - local: part.yml\n    rules: {rules}\na:\n  script: [x]\n",
        "part.yml": PART,
    }
    project = Project(path="group/app", host="gitlab.example")
    pipeline = load_pipelines(Tree(files, listing=frozenset(files), project=project), Documents(files))[0]
    assert list(pipeline.jobs) == ["a"]
    assert [(unread.line, "`rules`" in unread.reason) for unread in pipeline.unread] == [(2, True)]


@pytest.mark.parametrize(
    "rules",
    [
        "[{if: $CI_COMMIT_BRANCH}]",
        "[{if: $NOBODY_KNOWS == 'yes'}]",
        "[{changes: [a]}]",
        "[{exists: [part.yml]}]",
        "[{exists: [$WHERE]}]",
        "[{exists: {paths: [a], project: other/project}}]",
        "[{if: $CI_COMMIT_TAG, when: never}, {when: always}]",
    ],
)
def test_a_file_that_may_be_included_is_followed(rules: str) -> None:
    pipeline = conditional(rules)
    assert list(pipeline.jobs) == ["deploy"]
    assert pipeline.unread == ()


@pytest.mark.parametrize(
    ("rules", "unprotected", "merge_request"),
    [
        ("[{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]", Truth.NO, Truth.NO),
        ("[{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]", Truth.NO, Truth.NO),
        ("[{if: $CI_COMMIT_BRANCH}]", Truth.YES, Truth.NO),
        ("[{if: $FROM_THE_PROJECT == 'yes'}]", Truth.UNKNOWN, Truth.NO),
    ],
)
def test_a_job_runs_only_where_its_file_is_included(
    rules: str, unprotected: Truth, merge_request: Truth
) -> None:
    when = conditional(rules).jobs["deploy"].when
    assert (when.unprotected_ref, when.merge_request) == (unprotected, merge_request)


def test_a_file_that_comes_in_by_two_ways_is_there_by_either() -> None:
    pipeline = load(
        ci="include:\n  - local: part.yml\n    rules: [{if: $CI_COMMIT_TAG}]\n  - other.yml\n",
        part=PART,
        other="include: part.yml\n",
    )
    assert pipeline.jobs["deploy"].when.unprotected_ref is Truth.YES


def test_the_files_own_variables_mean_nothing_to_its_includes() -> None:
    pipeline = load(ci="variables: {DIR: ci}\ninclude: $DIR/part.yml\n", ci__part=PART)
    assert not pipeline.jobs
    assert "a variable in its address" in pipeline.unread[0].reason


def test_a_variables_value_is_what_ruby_prints() -> None:
    text = "variables: {A: 010, B: yes, C: 80_000, D: 1.10, E: '010', F: , G: {value: off}}\njob: {script: [x]}\n"
    variables = load(ci=text).jobs["job"].variables
    assert [variable.value for variable in variables.values()] == [
        "8",
        "true",
        "80000",
        "1.1",
        "010",
        None,
        "false",
    ]


@pytest.mark.parametrize("name", ["default", "workflow", "spec", "types"])
def test_a_keyword_with_a_script_is_a_job(name: str) -> None:
    pipeline = load(
        ci=f"{name}:\n  script: [echo own]\n  before_script: [echo first]\ntest:\n  script: [echo other]\n"
    )
    assert [line.text for line in pipeline.jobs[name].scripts] == ["echo first", "echo own"]
    assert [line.text for line in pipeline.jobs["test"].scripts] == ["echo other"]  # it gives no defaults


def test_a_null_in_default_leaves_the_keyword_at_the_top() -> None:
    pipeline = load(
        ci="default:\n  before_script: ~\nbefore_script: [echo top]\ntest:\n  script: [echo own]\n"
    )
    assert [line.text for line in pipeline.jobs["test"].scripts] == ["echo top", "echo own"]


def test_an_include_with_null_rules_is_always_included() -> None:
    pipeline = load(ci="include:\n  - {local: base.yml, rules: ~}\n", base="test:\n  script: [echo own]\n")
    assert list(pipeline.jobs) == ["test"]
    assert pipeline.unread == ()
    assert pipeline.jobs["test"].when.unprotected_ref == "yes"


def test_only_what_gitlab_refuses_is_said_to_be_refused() -> None:
    pipeline = load(
        ci=".template:\n  script: {a: b}\ntest:\n  extends: .template\n  script: [echo]\n"
        "  rules:\n    - if: $CI_COMMIT_TAG ==\n    - if: $CI_COMMIT_TAG =~ /^v/\n"
    )
    assert [each.line for each in pipeline.unread] == [7]
    assert "invalid expression syntax" in pipeline.unread[0].reason
