"""Suggestions that make a trust check the protection of a ref: proven, in every form, in the file's own style."""

import pytest

from bot.analysis.engine import run_rules
from bot.analysis.verify import Prover
from bot.clouds.verdict import verdict_of
from bot.fixes import apply_fix
from bot.repository import Repository
from bot.snapshot import Project, Tree
from tests.clouds import forms

ANY_REF = {"StringLike": {"gitlab.com:sub": "project_path:umbrella/web:*"}}
BESIDE_OTHERS = {
    "StringEquals": {"gitlab.com:aud": "sts.amazonaws.com"},
    "StringLike": {
        "gitlab.com:sub": ["project_path:umbrella/web:*", "project_path:umbrella/api:ref_type:branch:ref:x"]
    },
}
PROJECT = Project(id=7, path="umbrella/web", host="gitlab.com")
NOT_EDITED = {"tf.json"}
"""Forms that are read and not edited: JSON inside a string of JSON."""


def proven(files, rule):
    repository = Repository(Tree(files, project=PROJECT))
    (finding,) = [each for each in run_rules(repository).findings if each.rule == rule]
    return Prover(repository).proven(finding).fix


def reach_after(files, fix):
    return [
        each.value
        for each in (
            verdict_of(t).reach
            for t in Repository(Tree({**files, **apply_fix(files, fix)}, project=PROJECT)).clouds.trusts
        )
    ]


@pytest.mark.parametrize("conditions", [ANY_REF, BESIDE_OTHERS])
@pytest.mark.parametrize("form", forms.aws({}))
def test_a_condition_key_is_added_in_every_form_of_aws(form, conditions):
    files = forms.aws(conditions)[form]
    fix = proven(files, "cloud-any-ref")
    if form in NOT_EDITED:
        assert fix is None
        return
    assert fix.cost == "Jobs on refs that are not protected no longer get credentials."
    assert reach_after(files, fix) == ["protected"]


@pytest.mark.parametrize("form", forms.azure_classic(""))
def test_a_subject_gets_a_component_in_every_form_of_azure(form):
    files = forms.azure_classic("project_path:umbrella/web:ref_type:branch:ref:stable")[form]
    fix = proven(files, "cloud-ref-unprotected")
    assert "ci_id_token_sub_claim_components" in fix.cost
    assert reach_after(files, fix) == ["exact"]


@pytest.mark.parametrize("form", forms.azure_flexible(""))
def test_an_expression_gets_one_too(form):
    files = forms.azure_flexible("claims['sub'] matches 'project_path:umbrella/web:ref_type:branch:ref:*'")[
        form
    ]
    fix = proven(files, "cloud-any-ref")
    assert reach_after(files, fix) == ["protected"]


@pytest.mark.parametrize("form", forms.google("x", "*"))
@pytest.mark.parametrize(
    "condition", ["assertion.project_id == '7'", "assertion.project_id == '7' || assertion.project_id == '8'"]
)
def test_a_condition_is_extended_in_every_form_of_google(form, condition):
    files = forms.google(condition, "*")[form]
    fix = proven(files, "cloud-any-ref")
    assert reach_after(files, fix) == ["protected"]


def test_the_style_of_the_file_is_kept():
    files = {"main.tf": forms.aws(ANY_REF)["document"]["main.tf"].replace('ref:x"', 'ref:x" # why')}
    (edit,) = proven(files, "cloud-any-ref").edits
    assert '      variable = "gitlab.com:ref_protected"\n      values   = ["true"]\n' in edit.text


def test_the_number_of_the_project_under_review_is_known():
    named = {
        "StringEquals": {
            "gitlab.com:sub": "project_path:umbrella/web:ref_type:branch:ref:main",
            "gitlab.com:ref_protected": "true",
        }
    }
    files = forms.aws(named)["json"]
    fix = proven(files, "cloud-by-path-only")
    assert '"gitlab.com:project_id": "7"' in apply_fix(files, fix)["trust-policy.json"]
    other = forms.aws(
        {
            "StringEquals": {
                **named["StringEquals"],
                "gitlab.com:sub": "project_path:umbrella/x:ref_type:branch:ref:main",
            }
        }
    )["json"]
    assert proven(other, "cloud-by-path-only") is None


def test_a_statement_without_a_plain_subject_is_left_alone():
    files = forms.aws({"StringEquals": {"gitlab.com:project_id": "7"}})["json"]
    assert proven(files, "cloud-any-ref") is None
