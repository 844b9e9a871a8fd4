"""Variables that switch the runner are found wherever GitLab reads them, each once."""

from __future__ import annotations

import pytest

from bot.pipeline.switches import switches
from tests.pipeline.gitlab_tables import loaded

NAME = "CI_DEBUG_TRACE"
ON = f"{{{NAME}: 'true'}}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"variables: {ON}\na: {{script: x}}\nb: {{script: y}}\n", [None]),
        (f"a: {{script: x, variables: {ON}}}\nb: {{script: y}}\n", ["a"]),
        (f"a: {{script: x, variables: {ON}}}\nb: {{script: y, variables: {ON}}}\n", ["a", "b"]),
        (f"variables: {ON}\na: {{script: x, variables: {ON}}}\nb: {{script: y}}\n", ["a", None]),
        (f"a: {{script: x, rules: [{{if: $X, variables: {ON}}}, {{if: $Y}}]}}\n", ["a"]),
        (f"a: {{script: x, parallel: {{matrix: [{{{NAME}: ['true', 'false']}}]}}}}\n", ["a", "a"]),
        (f"workflow: {{rules: [{{if: $X, variables: {ON}}}, {{when: always}}]}}\na: {{script: x}}\n", [None]),
        (
            "workflow: {rules: [{if: $X, variables: {OTHER: 'true'}}]}\na: {script: x, variables: {OTHER: 'true'}}\n",
            [],
        ),
        (f".a: {{script: x, variables: {ON}}}\n", [".a"]),
        (f".a: {{variables: {ON}}}\nb: {{script: x}}\n", []),
        (f"a: {{trigger: g/p, variables: {ON}}}\n", ["a"]),
        (f"a: {{trigger: {{project: g/p, forward: {{yaml_variables: true}}}}, variables: {ON}}}\n", ["a"]),
        (f"a: {{trigger: {{project: g/p, forward: {{yaml_variables: false}}}}, variables: {ON}}}\n", []),
        (
            f"a: {{trigger: {{project: g/p, forward: {{pipeline_variables: false}}}}, variables: {ON}}}\n",
            ["a"],
        ),
        (f"variables: {ON}\na: {{trigger: {{project: g/p, forward: {{yaml_variables: false}}}}}}\n", [None]),
        (f"variables: {{{NAME}: {{value: 'true', description: d}}}}\na: {{script: x}}\n", [None]),
    ],
)
def test_it_is_found_where_it_is_set(text: str, found: list[str | None]) -> None:
    set_ones = list(switches(loaded(text), {NAME}))
    assert [each.job and each.job.name for each in set_ones] == found
    assert {each.variable.name for each in set_ones} <= {NAME}


def test_of_a_variable_with_a_description_the_value_is_shown() -> None:
    text = f"variables: {{{NAME}: {{value: 'true', description: d}}}}\na: {{script: x}}\n"
    (switch,) = switches(loaded(text), {NAME})
    assert switch.scalar is not None
    assert switch.scalar.text == "true"


@pytest.mark.parametrize(
    ("value", "is_on"),
    [
        ("'true'", True), ("true", True), ("'TRUE'", True), ("1", True), ("t", True), ("{value: 'true'}", True),
        ("'false'", False), ("false", False), ("0", False), ("'yes'", False), ("'on'", False), ("''", False), ("$X", False), ("2", False),
    ],
)  # fmt: skip
def test_it_is_on_where_the_runner_reads_true(value: str, is_on: bool) -> None:
    (switch,) = switches(loaded(f"a: {{script: x, variables: {{{NAME}: {value}}}}}\n"), {NAME})
    assert switch.is_on is is_on
