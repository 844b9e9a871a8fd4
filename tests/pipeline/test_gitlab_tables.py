"""Whole tables of what GitLab's own code answers, each key of each row; rows of our own where they are not available."""

from __future__ import annotations

import pytest

from tests.pipeline.gitlab_tables import differences, loaded, outcome_row, policy_row, reported, rows_of

UNREADABLE = "a table of GitLab's answers is not at hand (SEALCHECK_TRUTH names its folder)"
MOST_SILENT = 0.02
"""the part of the refused files of which nothing may be said: newer GitLab accepts them, or a variable decides"""


def test_every_key_of_every_file_that_gitlab_takes_agrees_and_none_is_refused():
    rows = [row for row in rows_of("ci_config") if "jobs" in row["gitlab"]]
    if not rows:
        pytest.skip(UNREADABLE)
    wrong, refused = [], []
    for row in rows:
        pipeline = loaded(row["yaml"], row.get("files"))
        if pipeline.refusal is not None:
            refused.append(row["id"])
        # Where an include asks for a variable of the project, only GitLab knows what becomes of it.
        if "project_variables" not in row and differences(reported(pipeline), row["gitlab"]):
            wrong.append(row["id"])
    assert (wrong, refused) == ([], [])


def test_of_a_file_that_gitlab_refuses_something_is_said():
    rows = [row for row in rows_of("ci_config") if "refused" in row["gitlab"]]
    if not rows:
        pytest.skip(UNREADABLE)
    silent = [row["id"] for row in rows if not loaded(row["yaml"], row.get("files")).unread]
    assert len(silent) <= MOST_SILENT * len(rows), silent


@pytest.mark.parametrize(("table", "answer"), [("rules", outcome_row), ("only_except", policy_row)])
def test_every_row_about_when_a_job_runs_agrees(table, answer):
    rows = list(rows_of(table))
    if not rows:
        pytest.skip(UNREADABLE)
    keys = ("included", "when", "start_in", "allow_failure", "rule_variables", "refused")
    wrong = [row["id"] for row in rows if answer(row) != {key: row[key] for key in keys if key in row}]
    assert wrong == []


REFS = {"refs": ["branches", "tags"]}


@pytest.mark.parametrize(
    ("text", "files", "name", "expected"),
    [
        ("---\n  lint:\n    script: x\n", {}, None, {}),  # blanks behind --- go: no mapping of jobs
        (" lint:\n  script: x\nrest: [", {}, "lint", {"script": ["x"], "only": REFS}),
        ("a: {script: x}\n...\nrest: [\n", {}, "a", {"script": ["x"]}),
        ("spec: {}\n---\nlost: {script: x}\n---\na: {script: y}\n", {}, "a", {"script": ["y"]}),
        ("a: {script: x}\n---\nlost: {script: x}\n", {}, "lost", None),
        ("a:\n  script:\n    - :deploy\n    - :'now then'\n", {}, "a", {"script": ["deploy", "now then"]}),
        (
            "a: {script: x, variables: {A: .inf, B: .nan, C: 1e+20}}\n",
            {},
            "a",
            {"variables": {"A": "Infinity", "B": "NaN", "C": "1e+20"}},
        ),
        ("a: {script: x}\nworkflow: {rules: [{when: always}]}\n", {}, "a", {"only": None}),
        ("a: {script: x, rules: }\n", {}, "a", {"only": None}),
        ("a: {script: x, only: {variables: [$A]}}\n", {}, "a", {"only": {**REFS, "variables": ["$A"]}}),
        ("workflow: {script: x, rules: [{if: $A}]}\n", {}, "workflow", {"rules": [{"if": "$A"}]}),
        ("include: part/**/*.yml\na: {script: x}\n", {"part/b.yml": "b: {script: y}\n"}, "b", None),
        (
            "include: part/**.yml\na: {script: x}\n",
            {"part/b.yml": "b: {script: y}\n"},
            "b",
            {"script": ["y"]},
        ),
        ("include: ['/part/*.yml']\na: {script: x}\n", {"part/b.yml": "b: {script: y}\n"}, "b", None),
        (
            "include: [{local: b.yml, rules: [{exists: []}]}]\na: {script: x}\n",
            {"b.yml": "b: {script: y}\n"},
            "b",
            None,
        ),
        (
            "".join(f".t{n}: {{script: !reference [.t{n + 1}, script]}}\n" for n in range(12))
            + ".t12: {script: [end]}\na: {script: !reference [.t0, script]}\n",
            {},
            "a",
            {"script": ["end"]},
        ),
        (".x: {script: [one, [!reference [.x, script]]]}\na: {script: y}\n", {}, "a", {"script": ["y"]}),
        (
            "include: [{local: b.yml, inputs: {more: [two, three]}}]\n",
            {
                "b.yml": "spec: {inputs: {more: {type: array}}}\n---\nb: {script: [one, '$[[ inputs.more ]]', four]}\n"
            },
            "b",
            {"script": ["one", "two", "three", "four"]},
        ),
    ],
)
def test_a_file_is_what_gitlab_makes_of_it(text, files, name, expected):
    jobs = reported(loaded(text, files))["jobs"]
    if name is None or expected is None:
        assert name not in jobs
        return
    assert {key: jobs[name].get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"rules": [{"if": "$A", "when": "manual"}], "variables": {"A": "1"}}, ("manual", False)),
        ({"rules": [{"allow_failure": True}], "variables": {}, "job_when": "always"}, ("always", True)),
        ({"rules": [{"when": "always"}], "variables": {}, "job_when": "manual"}, ("always", True)),
        ({"rules": [{"if": "$A"}], "variables": {}}, None),
        (
            {"rules": [{"changes": ["lib/**/*.{rb,erb}"]}], "variables": {}, "changed": ["lib/a.erb"]},
            ("on_success", False),
        ),
        ({"rules": [{"changes": ["lib/*"]}], "variables": {}, "changed": ["lib/a/b.rb"]}, None),
        ({"rules": [{"changes": ["lib/*"]}], "variables": {}, "changed": None}, ("on_success", False)),
        (
            {"rules": [{"changes": ["$DIR/*"]}], "variables": {"DIR": "lib"}, "changed": ["lib/b"]},
            ("on_success", False),
        ),
        (
            {"rules": [{"exists": ["**/*.lock"]}], "variables": {}, "files": ["a/b.lock"]},
            ("on_success", False),
        ),
        ({"rules": [{"exists": ["*.lock"]}], "variables": {}, "files": ["a/b.lock"]}, None),
        ({"rules": [{"exists": ["a/"]}], "variables": {}, "files": ["a/b.lock"]}, ("on_success", False)),
        (
            {"rules": [{"exists": ["[!b]/x", "a/[x-z]"]}], "variables": {}, "files": ["a/x"]},
            ("on_success", False),
        ),
        ({"rules": [{"exists": ["a/[xy"]}], "variables": {}, "files": ["a/x"]}, None),
    ],
)
def test_the_first_rule_that_matches_decides(row, said):
    answer = outcome_row(row)
    assert (
        answer == {"included": False} if said is None else (answer["when"], answer["allow_failure"]) == said
    )


@pytest.mark.parametrize(
    ("policies", "source", "included"),
    [
        ({}, "push", True),
        ({"only": ["webs"]}, "web", True),
        ({"only": ["apis"]}, "api", True),
        ({"only": ["parent_pipelines"]}, "parent_pipeline", True),
        ({"only": ["pushes"]}, "web", False),
        ({"only": ["/^ma/"]}, "push", True),
        ({"only": ["/^MA/"]}, "push", False),
        ({"only": ["/^MA/i@group/app"]}, "push", True),
        ({"only": ["main@group/other"]}, "push", False),
        ({"only": {"refs": None}}, "push", False),
        ({"except": {"variables": ["$A"]}}, "push", False),
    ],
)
def test_only_and_except_ask_for_refs_sources_and_variables(policies, source, included):
    pipeline = {"kind": "branch", "source": source, "ref": "main", "project": "group/app"}
    assert policy_row({**policies, "pipeline": pipeline, "variables": {"A": "x"}}) == {"included": included}
