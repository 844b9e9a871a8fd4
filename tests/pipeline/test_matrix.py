"""`parallel:matrix`: one job stands for many, and what holds for one of them is found."""

from __future__ import annotations

from bot.documents.documents import Documents
from bot.pipeline.load import load_pipelines
from bot.pipeline.matrix import MAX_CELLS, in_each_cell, matrix_variables
from bot.pipeline.model import Job, Truth
from bot.repository import Repository
from bot.rules import ALL_RULES
from bot.snapshot import Tree


def load(text: str) -> Job:
    files = {".gitlab-ci.yml": text}
    return load_pipelines(Tree(files, listing=frozenset(files)), Documents(files))[0].jobs["job"]


def values(job: Job) -> list[dict[str, str | None]]:
    return [{name: variable.value for name, variable in cell.items()} for cell in job.cells]


def test_cells_are_every_combination_of_each_row_in_order() -> None:
    job = load(
        "job:\n  script: [x]\n  parallel:\n    matrix:\n      - REGION: [eu, us]\n        TIER: [1, two]\n      - REGION: ap\n"
    )
    assert values(job) == [
        {"REGION": "eu", "TIER": "1"},
        {"REGION": "eu", "TIER": "two"},
        {"REGION": "us", "TIER": "1"},
        {"REGION": "us", "TIER": "two"},
        {"REGION": "ap"},
    ]
    assert [variable.value for variable in matrix_variables(job)] == ["eu", "1", "two", "us", "ap"]


def test_a_matrix_through_extends_and_a_reference_is_read() -> None:
    job = load(
        ".rows:\n  matrix:\n    - A: [one]\n    - A: [two, three]\n"
        ".base:\n  parallel:\n    matrix: !reference [.rows, matrix]\njob:\n  extends: .base\n  script: [x]\n"
    )
    assert values(job) == [{"A": "one"}, {"A": "two"}, {"A": "three"}]


def test_a_number_makes_no_cells_and_a_huge_matrix_is_cut() -> None:
    assert load("job: {script: [x], parallel: 5}").cells == ()
    rows = ", ".join(f"{name}: [1,2,3,4,5,6,7,8,9]" for name in "ABCDEFGH")
    assert len(load(f"job: {{script: [x], parallel: {{matrix: [{{{rows}}}]}}}}").cells) == MAX_CELLS


def test_text_is_what_it_is_in_each_cell() -> None:
    job = load(
        "job: {script: [x], environment: $STAGE/eu, parallel: {matrix: [{STAGE: [test, production]}]}}"
    )
    assert in_each_cell(job, job.environment or "") == ("test/eu", "production/eu")
    assert in_each_cell(job, "${STAGE}s $OTHER") == ("tests $OTHER", "productions $OTHER")
    assert in_each_cell(job, "plain") == ("plain",)


def test_a_job_runs_where_one_of_its_cells_does() -> None:
    matrix = "  parallel: {matrix: [{WHERE: [main, anywhere]}]}\n"
    rules = "  rules:\n    - if: $WHERE == 'anywhere'\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n"
    assert load(f"job:\n  script: [x]\n{matrix}{rules}").when.unprotected_ref is Truth.YES
    closed = rules.replace("anywhere", "nowhere")
    # Anyone who starts a pipeline by hand may set the variable, the matrix's too.
    assert load(f"job:\n  script: [x]\n{matrix}{closed}").when.unprotected_ref is Truth.UNKNOWN


def test_a_cell_for_production_makes_the_job_one_of_production() -> None:
    text = (
        "job:\n  id_tokens:\n    T: {aud: https://vault.example.com}\n  environment: $STAGE\n  script: [deploy]\n"
        "  parallel: {matrix: [{STAGE: [test, production]}]}\n"
    )
    files = {".gitlab-ci.yml": text}
    repository = Repository(Tree(files, listing=frozenset(files)))
    rule = next(rule for rule in ALL_RULES if rule.id == "secret-on-unprotected-ref")
    hits = [hit for job in repository.jobs for hit in rule.check(job, repository)]
    assert ["for production" in hit.message for hit in hits] == [True]
    files[".gitlab-ci.yml"] = text.replace("production", "review")
    review = Repository(Tree(files))
    assert not [hit for job in review.jobs for hit in rule.check(job, review)]
