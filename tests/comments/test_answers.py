"""What the bot answers to `explain`, and where it asks back."""

import dataclasses

import pytest

from bot.comments.answers import MAX_CHOICES, choice, explained, page_of, short_id
from bot.documents.location import Span
from bot.findings import Related, Witness
from tests.comments.test_plan import a_finding

FINDING = dataclasses.replace(a_finding("a.yml", 3, "shell-trace", 1), attack="Somebody reads it.")


def test_a_finding_is_explained_with_its_place_its_name_and_its_rule():
    said = explained(FINDING)
    assert f"\n\n`a.yml:3` (`{short_id(FINDING)}`): Wrong 1. Somebody reads it.\n\n---\n\n" in said
    assert said.endswith(page_of("shell-trace"))
    silent = explained(dataclasses.replace(FINDING, attack=""))
    assert f"(`{short_id(FINDING)}`): Wrong 1.\n\n---" in silent


def test_the_proof_and_the_other_places_come_between():
    proven = dataclasses.replace(
        FINDING,
        witness=Witness("claims", {"ref": "x", "ref_protected": False}, "Wrong 1. Somebody reads it."),
        related=(Related(Span("b.yml", 3, 1, 3, 2), "the same there"),),
    )
    said = explained(proven)
    assert "**Claims that log in and should not**\n\n| name | value |\n|---|---|\n| `ref` | `x` |" in said
    assert "| `ref_protected` | `false` |\n\n- `b.yml:3`: the same there\n\n---" in said


@pytest.mark.parametrize("name", ["shell-trace", " `Shell-Trace` "])
def test_a_rules_page_is_found_by_its_name(name):
    assert page_of(name) == page_of("shell-trace")
    assert "(`shell-trace`)\n\n" in page_of(name)


def test_there_is_no_page_of_what_is_no_rule():
    assert page_of("no-such-rule") is None


@pytest.mark.parametrize(("count", "more"), [(MAX_CHOICES, None), (MAX_CHOICES + 3, "- and 3 more")])
def test_a_choice_lists_a_few_and_counts_the_rest(count, more):
    rows = choice(a_finding("a.yml", 1, "r", number) for number in range(count)).split("\n")
    assert rows[0].startswith("Which one?")
    assert len([row for row in rows if "`r` in `a.yml:1`" in row]) == MAX_CHOICES
    assert (rows[-1] if more else None) == more


def test_nothing_to_choose_from_is_said():
    assert choice([]) == "There is no finding in this merge request."
