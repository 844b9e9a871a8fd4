"""A suggestion is made only where it applies, changes something, and takes its finding away."""

from dataclasses import replace

import pytest

from bot.analysis.engine import run_rules
from bot.analysis.verify import Prover
from bot.fixes import Edit, Fix
from bot.repository import Repository
from bot.snapshot import Tree

PATH = ".gitlab-ci.yml"
TEXT = "a:\n  secrets: {K: {vault: a/b@c, file: false}}\n  script:\n    - make\n    - echo $K\n"
GONE = Edit(PATH, 5, 5, "    - 'true'\n")


@pytest.mark.parametrize(
    ("edits", "holds"),
    [
        ((GONE,), True),
        ((GONE, GONE), False),
        ((GONE, Edit(PATH, 4, 5, "")), False),
        ((Edit("gone.yml", 1, 1, ""),), False),
        ((Edit(PATH, 5, 5, "    - echo $K\n"),), False),
        ((Edit(PATH, 4, 4, "    - make all\n"),), False),
        ((Edit(PATH, 5, 5, "    - cat <<< $K\n"),), False),
        ((Edit(PATH, 5, 5, "    - [\n"),), False),
        ((Edit(PATH, 5, 5, "    - true\n"),), False),  # to YAML no text: GitLab refuses the script
    ],
)
def test_a_fix_that_does_not_hold_is_not_suggested(edits, holds):
    side = Repository(Tree({PATH: TEXT}, listing=frozenset({PATH})))
    (found,) = [each for each in run_rules(side).findings if each.rule == "secret-in-log"]
    proven = Prover(side).proven(replace(found, fix=Fix("t", edits)))
    assert (proven.fix is not None) is holds


def test_the_first_candidate_that_holds_is_suggested():
    side = Repository(Tree({PATH: TEXT}, listing=frozenset({PATH})))
    (found,) = [each for each in run_rules(side).findings if each.rule == "secret-in-log"]
    good = Fix("good", (GONE,), otherwise=Fix("other", (GONE,)))
    proven = Prover(side).proven(replace(found, fix=Fix("bad", (GONE, GONE), otherwise=good)))
    assert proven.fix is not None
    assert (proven.fix.title, proven.fix.otherwise) == ("good", None)
