"""What GitLab has added since 18.4: known where it can be, left as it is and told where it cannot."""

from __future__ import annotations

import pytest

from bot.analysis.engine import run_rules
from bot.documents.documents import Documents
from bot.pipeline.load import load_pipelines
from bot.repository import Repository
from bot.snapshot import ForeignFile, Project, Tree
from tests.pipeline.gitlab_tables import ROOT, loaded

SIZES = """spec:
  inputs:
    where: {default: prod}
    fast: {type: boolean, default: %s}
    size:
      rules:
        - if: $[[ inputs.where ]] == 'prod' && $[[ inputs.fast ]] == true
          options: [l]
          default: l
        - options: [s]
          default: s
---
a: {script: 'run $[[ inputs.size ]]'}
"""


def lines(text: str, files: dict[str, str] | None = None) -> list[str]:
    pipeline = loaded(text, files)
    assert pipeline.refusal is None
    return [line.text for job in pipeline.jobs.values() for line in job.scripts]


@pytest.mark.parametrize(("fast", "size"), [("true", "l"), ("false", "s")])
def test_the_rules_of_an_input_choose_its_default(fast: str, size: str) -> None:
    assert lines(SIZES % fast) == [f"run {size}"]


def test_a_rule_does_not_see_an_input_that_is_declared_behind_it() -> None:
    head, size, tail = SIZES.partition("    size:")
    inputs = head.partition("  inputs:\n")[2]
    rules, sign, content = tail.partition("---")
    text = f"spec:\n  inputs:\n{size}{rules}{inputs}{sign}{content}"
    assert lines(text % "true") == ["run s"]


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ("$[[ inputs.fast ]] == 'true'", True),  # `true` is the text "true" to it
        ("$[[ inputs.fast ]] != 'true'", False),
        ("$[[ inputs.fast ]] == 'yes'", False),
        ("!$[[ inputs.fast ]]", False),
        ("$[[ inputs.where ]] =~ /^pr/", True),
        ("$CI_COMMIT_BRANCH", False),  # no variable is known to it
        ("$CI_COMMIT_BRANCH == null", True),
        ("$[[ inputs.size ]] == null", True),
    ],
)
def test_a_rule_compares_inputs_and_nothing_else(condition: str, is_met: bool) -> None:
    text = SIZES.replace("$[[ inputs.where ]] == 'prod' && $[[ inputs.fast ]] == true", f'"{condition}"')
    assert lines(text % "true") == ["run l" if is_met else "run s"]


def test_a_rule_that_compares_what_is_not_known_leaves_the_input_open() -> None:
    text = SIZES.replace("'prod'", "$[[ inputs.n ]]").replace(
        "    size:", "    n: {type: number, default: 1}\n    size:"
    )
    assert lines(text % "true") == ["run $[[ inputs.size ]]"]


def test_a_job_may_ask_for_an_input_in_its_rules() -> None:
    assert lines("a: {script: x, rules: [{if: '$[[ inputs.where ]] == \"prod\"'}]}\n") == ["x"]


def test_an_item_of_a_list_is_filled_in() -> None:
    text = (
        "spec: {inputs: {hosts: {type: array, default: [{name: a}, {name: [b, c]}]}}}\n---\n"
        "a: {script: 'ping $[[ inputs.hosts[0].name ]] $[[ inputs.hosts[1].name[1] ]]'}\n"
    )
    assert lines(text) == ["ping a c"]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("inputs.hosts[7]", "array index 7 out of bounds (size: 1)"),
        ("inputs.hosts[0][0]", "cannot index into non-array value at [0]"),
        ("inputs.hosts[x]", "invalid array index syntax"),
        ("inputs.my-hosts[0]", "invalid array index syntax"),
        ("component.name", "unknown input name provided: `name`"),
        ("inputs.hosts[0][0][0][0][0][0]", "too many array indices"),
        ("hosts", "invalid pattern used for interpolation"),
    ],
)
def test_an_item_that_is_not_there_is_refused(block: str, words: str) -> None:
    text = (
        f"spec: {{inputs: {{hosts: {{type: array, default: [a]}}}}}}\n---\na: {{script: '$[[ {block} ]]'}}\n"
    )
    pipeline = loaded(text)
    assert pipeline.refusal is not None
    assert words in pipeline.refusal.words


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{component: [name, owner]}", "header:spec:component config contains unknown values: owner"),
        ("{component: name}", "header:spec:component config should be an array of strings"),
        ("{inputs: {x: {rules: [{if: $Y}]}}}", "rule must define 'options' with at least one value"),
        ("{inputs: {x: {rules: [{options: [y]}]}}}", "rule must define 'options' with at least one value"),
        ("{inputs: {x: {rules: [{options: [y], default: z}]}}}", "default 'z' must be one of the options"),
        ("{inputs: {x: {rules: [{if: y, default: z}]}}}", "rules:rule if invalid expression syntax"),
        (
            "{inputs: {x: {rules: [{if: $Y, option: [z]}]}}}",
            "rules:rule config contains unknown keys: option",
        ),
        ("{inputs: {x: {rules: [{}]}}}", "rules:rule config can't be blank"),
        ("{inputs: {x: {rules: y}}}", "rules config should be a array"),
        ("{inputs: {x: {options: [~]}}}", "config options array cannot contain null values"),
        ("{description: 5}", "header:spec config description should be a string"),
        ("{description: " + "d" * 257 + "}", "config description is too long (maximum is 256 characters)"),
        ("{include: {local: i.yml}}", "header:spec:include config should be an array or a string"),
        ("{include: [{local: i.yml, inputs: {}}]}", "config contains unknown keys: inputs"),
        ("{include: [{local: i.yml, integrity: sha256-YQ==}]}", "can only be specified for remote includes"),
        ("{include: [{remote: 'https://x/i.yml', integrity: md5}]}", "must start with 'sha256-'"),
        ("{include: [{remote: 'https://x/i.yml', integrity: sha256-*}]}", "must be base64 encoded"),
        ("{include: [{ref: main}]}", "does not have a valid subkey for header include"),
        ("{include: [gone.yml]}", "Local file `gone.yml` does not exist"),
        ("{include: [i.txt]}", "Included file `i.txt` does not have YAML extension"),
    ],
)
def test_what_a_header_may_not_declare_is_refused(spec: str, words: str) -> None:
    pipeline = loaded(f"spec: {spec}\n---\na: {{script: x}}\n")
    assert pipeline.refusal is not None
    assert words in pipeline.refusal.words


def test_inputs_come_from_files_of_their_own() -> None:
    text = "spec: {include: [{local: /ci/inputs.yml}]}\n---\na: {script: 'run $[[ inputs.where ]]'}\n"
    assert lines(text, {"ci/inputs.yml": "inputs: {where: {default: here}}\n"}) == ["run here"]


def test_a_file_of_inputs_declares_nothing_else_and_nothing_twice() -> None:
    text = "spec: {include: [i.yml], inputs: {where: {default: there}}}\n---\na: {script: x}\n"
    twice = loaded(text, {"i.yml": "inputs: {where: {default: here}}\n"}).refusal
    other = loaded(text, {"i.yml": "inputs: {when: {default: now}}\njob: {script: x}\n"}).refusal
    assert twice is not None
    assert "Duplicate input keys found: where" in twice.words
    assert other is not None
    assert "Header include file `i.yml` contains unknown keys: job" in other.words


def test_inputs_of_a_file_that_is_not_at_hand_are_not_known() -> None:
    text = (
        "spec: {include: [{remote: https://x.example/i.yml}]}\n---\na: {script: 'run $[[ inputs.where ]]'}\n"
    )
    pipeline = loaded(text)
    assert pipeline.refusal is None
    assert [each.line for each in pipeline.unread] == [1]
    assert [line.text for line in pipeline.jobs["a"].scripts] == ["run $[[ inputs.where ]]"]


def test_a_component_knows_its_name_and_reference() -> None:
    text = "include: [{component: gitlab.example.com/group/parts/lint@1.2}]\n"
    file = ForeignFile("group/parts", "1.2", "templates/lint.yml")
    body = (
        "spec: {component: [name, reference, sha]}\n---\n"
        "a: {script: '$[[ component.name ]] $[[ component.reference ]] $[[ component.sha ]]'}\n"
    )
    tree = Tree({ROOT: text}, foreign={file: body}, project=Project(host="gitlab.example.com"))
    job = load_pipelines(tree, Documents({ROOT: text}))[0].jobs["a"]
    assert [line.text for line in job.scripts] == ["lint 1.2 $[[ component.sha ]]"]


@pytest.mark.parametrize(
    "script",
    [
        "echo ${{ job.inputs.greeting }} $TOKEN",
        'echo "${{ upper(job.inputs.greeting) || 1 }}"; echo $TOKEN',
    ],
)
def test_inputs_of_a_job_do_not_hide_what_its_script_does(script: str) -> None:
    text = (
        "a:\n  inputs: {greeting: {default: hello}}\n  secrets: {TOKEN: {vault: a/b, file: false}}\n"
        f"  script:\n    - '{script}'\n"
    )
    result = run_rules(Repository(Tree({ROOT: text}, listing=frozenset({ROOT}))))
    assert result.unread == ()
    leaks = [each for each in result.findings if each.rule == "secret-in-log"]
    at = text.splitlines()[4].rindex("echo") + 1
    assert [(each.span.start_line, each.span.start_column) for each in leaks] == [(5, at)]


def test_an_input_of_a_job_needs_a_default() -> None:
    pipeline = loaded("a:\n  script: x\n  inputs:\n    v: {type: number}\n")
    assert pipeline.refusal is not None
    assert pipeline.refusal.words == "jobs:a:inputs:v must have a default value"


def test_a_function_from_elsewhere_is_reported() -> None:
    pipeline = loaded("a:\n  run:\n    - {name: f, func: registry.example/f@1}\n    - {name: s, script: x}\n")
    assert [(each.line, "comes from elsewhere" in each.reason) for each in pipeline.unread] == [(3, True)]
    assert [line.text for line in pipeline.jobs["a"].scripts] == ["x"]


def test_a_matrix_expression_needs_a_cell_that_is_not_known_here() -> None:
    matrix = "parallel: {matrix: [{OS: [a, b]}]}"
    needs = "needs: [{job: build, parallel: {matrix: [{OS: ['$[[ matrix.OS ]]']}]}}]"
    pipeline = loaded(f"build: {{script: x, {matrix}}}\ntest: {{script: x, {matrix}, {needs}}}\n")
    assert (pipeline.refusal, pipeline.unread) == (None, ())


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ("{job: b, parallel: {matrix: [{OS: ['$[[ matrix.OS ]]']}]}}", None),
        ("{job: b, parallel: {matrix: [{OS: ['$[[matrix.OWN]]']}]}}", None),
        (
            "{job: b, parallel: {matrix: [{OS: ['$[[ matrix.ARCH ]]']}]}}",
            "a job: 'ARCH' does not exist in matrix",
        ),
        (
            "{job: b, parallel: {matrix: [{OS: ['$[[ matrix.ONE ]]']}]}}",
            "a job: 'ONE' does not exist in matrix",
        ),
        ("'c-$[[ matrix.NOPE ]]'", "a job: 'NOPE' does not exist in matrix configuration"),
    ],
)
def test_a_need_names_variables_of_every_cell(needs: str, words: str | None) -> None:
    rows = "parallel: {matrix: [{OS: [x, y], ONE: 1}, {OS: z}]}"
    text = f"b: {{script: x, {rows}}}\na: {{script: x, variables: {{OWN: x}}, {rows}, needs: [{needs}]}}\n"
    refusal = loaded(text).refusal
    assert (refusal is None) if words is None else (refusal is not None and words in refusal.words)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ("{x: {default: d}}", None),
        ("{x: {type: number, default: '5'}}", None),
        ("{x: {type: number, default: d}}", "jobs:a:inputs `x`: default value is not a number"),
        ("{x: {default: d, options: [e]}}", "not in the list of allowed options"),
        (
            "{" + ", ".join(f"x{n}: {{default: d}}" for n in range(51)) + "}",
            "has too many entries (maximum 50)",
        ),
    ],
)
def test_an_input_of_a_job_has_a_default_that_it_accepts(inputs: str, words: str | None) -> None:
    refusal = loaded(f"a: {{script: x, inputs: {inputs}}}\n").refusal
    assert (refusal is None) if words is None else (refusal is not None and words in refusal.words)
