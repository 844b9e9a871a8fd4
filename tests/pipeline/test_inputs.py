"""`spec:inputs` as GitLab checks and fills them: what it refuses is reported, never guessed."""

from __future__ import annotations

import pytest

from bot.documents.documents import Documents
from bot.documents.nodes import plain
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Pipeline
from bot.snapshot import ForeignFile, Project, Tree
from tests.pipeline.gitlab_tables import loaded


def load(spec: str, given: str, body: str = "stage: test") -> Pipeline:
    """A component whose header declares `x`, called with `given`."""
    files = {
        ".gitlab-ci.yml": f"include:\n  - local: part.yml\n    inputs: {given}\n",
        "part.yml": f"spec:\n  inputs:\n    x: {spec}\n---\njob:\n  {body}\n  script: [x]\n",
    }
    project = Project(path="group/app")
    return load_pipelines(Tree(files, listing=frozenset(files), project=project), Documents(files))[0]


@pytest.mark.parametrize(
    ("spec", "given", "why"),
    [
        ("", "{}", "`x` input: required value has not been provided"),
        ("", "{x: }", "`x` input: required value has not been provided"),
        ("{default: a}", "{y: b}", "unknown input arguments: y"),
        ("{type: number}", "{x: many}", "`x` input: provided value is not a number"),
        ("{type: number}", "{x: true}", "`x` input: provided value is not a number"),
        ("{type: boolean}", "{x: 1}", "`x` input: provided value is not a boolean"),
        ("{type: array}", "{x: one}", "`x` input: provided value is not an array"),
        ("{type: boolean}", "{x: $CHOSEN}", "`x` input: provided value is not a boolean"),
        ("{options: [a]}", "{x: $CHOSEN}", "not in the list of allowed options"),
        ("{type: number}", "{x: 'NaN'}", "`x` input: provided value is not a number"),
        ("{type: array, options: [1.0]}", "{x: [1]}", "not in the list of allowed options"),
        ("{rules: [{default: a, options: [a, b]}]}", "{x: c}", "not in the list of allowed options"),
        ("{options: [a, b]}", "{x: c}", "not in the list of allowed options"),
        ("{type: number, options: [1, 2]}", "{x: 3}", "not in the list of allowed options"),
        ("{type: array, options: [a]}", "{x: [a, b]}", "not in the list of allowed options"),
        ("{regex: ^v}", "{x: w1}", "provided value does not match required RegEx pattern"),
        ("{type: number, regex: ^v}", "{x: 1}", "RegEx validation can only be used with string inputs"),
    ],
)
def test_a_call_that_gitlab_refuses_is_reported_where_it_is_written(spec: str, given: str, why: str) -> None:
    unread_places = [
        (unread.path, unread.line) for unread in load(spec, given).unread if why in unread.reason
    ]
    is_whole = "has not been" in why or "unknown input" in why
    assert unread_places == [(".gitlab-ci.yml", 2 if is_whole else 3)]


def test_a_header_that_gitlab_refuses_is_reported_in_its_own_file() -> None:
    unread = load("{type: date}", "{x: one}").unread
    assert [(each.path, each.line) for each in unread] == [("part.yml", 3)]
    assert "header:spec:inputs:x input type unknown value: date" in unread[0].reason


@pytest.mark.parametrize(
    ("spec", "given"),
    [
        ("{type: number}", '{x: "3"}'),
        ("{type: boolean}", '{x: "true"}'),
        ("{type: array}", """{x: '["a"]'}"""),
        ("{type: number, options: [1, 2]}", "{x: 2}"),
        ("{options: [1, 2]}", '{x: "2"}'),
        ("{type: number, default: ~}", "{}"),
        ("{options: ['']}", "{x: ''}"),
        ('{regex: "^v[0-9]+$"}', "{x: v1}"),
        ("{rules: [{if: '$[[ inputs.y ]] == \"a\"', default: b}]}", "{}"),
    ],
)
def test_a_call_that_gitlab_accepts_or_nobody_can_judge_is_not_reported(spec: str, given: str) -> None:
    assert load(spec, given).unread == ()


def test_a_default_that_is_none_of_the_options_is_reported_in_the_header() -> None:
    unread_places = load("{default: c, options: [a, b]}", "{x: a}").unread
    assert [(unread.path, unread.line) for unread in unread_places] == [("part.yml", 3)]


@pytest.mark.parametrize(
    ("spec", "given", "body", "value"),
    [
        ("", "{x: yes}", 'image: "i:$[[ inputs.x ]]"', "i:true"),
        ("", "{x: 1.10}", "image: $[[ inputs.x ]]", "1.1"),
        ("{type: array}", "{x: [a, b]}", "tags: $[[ inputs.x ]]", ["a", "b"]),
        ("{type: array}", "{x: [a, b]}", 'image: "$[[ inputs.x ]]!"', '["a", "b"]!'),
        ("{type: boolean}", '{x: "false"}', "interruptible: $[[ inputs.x ]]", False),
        ("", '{x: "a, b,"}', "tags: $[[ inputs.x | split(',') ]]", ["a", "b"]),
        ("", "{x: abcdef}", "image: $[[ inputs.x | truncate(1,3) ]]", "bcd"),
        ("", "{x: it's}", "image: $[[ inputs.x | posix_escape ]]", "it\\'s"),
        ("", "{x: group/$CI_NOBODY}", "image: $[[ inputs.x | expand_vars ]]", "group/$CI_NOBODY"),
        ("", "{x: a}", "image: $[[ matrix.OS ]]-$[[ inputs.x ]]", "$[[ matrix.OS ]]-a"),
        ("", "{x: '$[[ matrix.OS ]]'}", 'image: "i:$[[ inputs.x ]]"', "i:$[[ matrix.OS ]]"),
        ("", "{x: 100%CI_NOBODY%}", "image: $[[ inputs.x | expand_vars ]]", "100%CI_NOBODY%"),
        ("", "{x: $CI_PROJECT_PATH}", "image: $[[ inputs.x | expand_vars ]]", "group/app"),
        ("", '{x: "a\tb  c"}', "tags: $[[ inputs.x | split(' ') ]]", ["a", "b", "c"]),
        ("", "{x: abc}", "image: $[[ inputs.x | ]]", "abc"),
        ("{type: array}", "{x: [a, b]}", "tags: ['$[[ inputs.x ]]', c]", ["a", "b", "c"]),
        ("{type: array}", """{x: [~, 'a"b', 1.0]}""", 'image: "$[[ inputs.x ]]!"', '[nil, "a\\"b", 1.0]!'),
        ("{type: array}", r'{x: ["\x01\e#{a}"]}', 'image: "$[[ inputs.x ]]!"', r'["\u0001\e\#{a}"]!'),
        # Ruby's `gsub` puts the value in, and reads its backslashes.
        ("", r"{x: 'C:\\temp'}", 'image: "$[[ inputs.x ]]!"', r"C:\temp!"),
        ("", r"{x: 'C:\\temp'}", "image: $[[ inputs.x ]]", r"C:\\temp"),
        ("", r"{x: 'a\0b'}", 'image: "<$[[ inputs.x ]]>"', "<a$[[ inputs.x ]]b>"),
        ("", "{x: it's}", "image: echo $[[ inputs.x | posix_escape ]] end", "echo it ends end"),
        ("", "{x: ''}", 'image: "$[[ inputs.x | posix_escape ]]"', "''"),
        ("{rules: [{default: a}]}", "{x: ''}", "image: $[[ inputs.x ]]", "a"),
        ("{rules: [{if: $V, default: a}]}", "{}", 'image: "i$[[ inputs.x ]]"', "i"),
        ("{type: boolean, rules: [{default: false}]}", "{}", "interruptible: $[[ inputs.x ]]", False),
    ],
)
def test_values_are_what_gitlab_makes_of_them(spec: str, given: str, body: str, value: object) -> None:
    pipeline = load(spec, given, body)
    key = body.partition(":")[0]
    assert plain(pipeline.jobs["job"].get(key)) == value
    assert pipeline.unread == ()


@pytest.mark.parametrize(
    "block",
    [
        "inputs.y",
        "inputs.x | upper",
        "inputs.x | truncate(a,b)",
        "inputs.x | split('')",
        "inputs.x | truncate(0,1) | truncate(0,1) | truncate(0,1) | truncate(0,1)",
    ],
)
def test_a_block_that_gitlab_refuses_is_reported_where_it_stands_and_left(block: str) -> None:
    pipeline = load("", "{x: value}", f"image: $[[ {block} ]]")
    assert plain(pipeline.jobs["job"].get("image")) == f"$[[ {block} ]]"
    assert [(unread.path, unread.line) for unread in pipeline.unread] == [("part.yml", 6)]


def test_a_function_takes_text_only() -> None:
    pipeline = load("{type: number}", "{x: 1}", "image: $[[ inputs.x | truncate(0,1) ]]")
    assert "truncate can only be used with string inputs" in pipeline.unread[0].reason


def test_inputs_for_a_file_without_a_header_are_reported() -> None:
    files = {".gitlab-ci.yml": "include: {local: p.yml, inputs: {x: a}}\n", "p.yml": "job: {script: [x]}\n"}
    pipeline = load_pipelines(Tree(files, listing=frozenset(files)), Documents(files))[0]
    assert ["Given inputs not defined" in unread.reason for unread in pipeline.unread] == [True]


def test_a_missing_input_of_another_project_is_reported_without_its_name() -> None:
    files = {".gitlab-ci.yml": "include: {project: g/p, file: c.yml}\n"}
    foreign = {
        ForeignFile("g/p", "", "c.yml"): "spec:\n  inputs:\n    hidden_name:\n---\njob: {script: [x]}\n"
    }
    unread = load_pipelines(Tree(files, foreign=foreign), Documents(files))[0].unread
    assert ["required value has not been provided" in each.reason for each in unread] == [True]
    assert "hidden_name" not in unread[0].reason


def test_an_input_that_a_push_does_not_give_is_reported_and_left() -> None:
    files = {
        ".gitlab-ci.yml": "spec:\n  inputs:\n    x:\n---\njob:\n  image: $[[ inputs.x ]]\n  script: [x]\n"
    }
    pipeline = load_pipelines(Tree(files, listing=frozenset(files)), Documents(files))[0]
    assert [(each.line, "by a push" in each.reason) for each in pipeline.unread] == [(3, True)]
    assert pipeline.refusal is None
    assert plain(pipeline.jobs["job"].get("image")) == "$[[ inputs.x ]]"


@pytest.mark.parametrize(
    ("spec", "block", "words"),
    [
        (
            "{x: {type: }}",
            "a",
            "unknown input specification for `x` (valid types: array, boolean, number, string)",
        ),
        ("{x: {type: , default: y}}", "a", "unknown input specification for `x`"),
        (
            "{x: {default: y}}",
            "$[[ variables.x ]]",
            "unknown input name provided: `variables` in `variables.x`",
        ),
    ],
)
def test_what_no_gitlab_knows_of_inputs_is_refused(spec: str, block: str, words: str) -> None:
    refusal = loaded(f"spec: {{inputs: {spec}}}\n---\na: {{script: '{block}'}}\n").refusal
    assert refusal is not None
    assert words in refusal.words


def test_an_input_whose_rules_give_no_default_is_required() -> None:
    rules = "rules: [{if: \"$[[ inputs.y ]] == 'z'\", options: [a]}]"
    text = f"spec: {{inputs: {{x: {{{rules}}}, y: {{default: z}}}}}}\n---\na: {{script: x}}\n"
    assert any("`x` input: required value" in each.reason for each in loaded(text).unread)
