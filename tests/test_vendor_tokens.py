"""Vendors' tokens, each put together at run time."""

from __future__ import annotations

import re

import pytest

from bot.facts.credentials import assigned_in, formats_in
from bot.facts.vendor_tokens import VENDOR_TOKENS
from tests.vendor_samples import RECIPES, token_of

EACH = [(what, recipe) for what, recipes in RECIPES.items() for recipe in recipes]
SEEDS = range(20)


def test_every_vendor_of_the_table_has_a_sample_and_a_source() -> None:
    assert {row.what for row in VENDOR_TOKENS} == set(RECIPES)
    assert len(VENDOR_TOKENS) > 100
    assert all(row.source and row.hints for row in VENDOR_TOKENS)


@pytest.mark.parametrize(("what", "recipe"), EACH)
def test_a_token_is_known_by_its_form(what: str, recipe: str) -> None:
    for seed in SEEDS:
        token = token_of(recipe, seed)
        assert what in [known.name for known, _, _ in formats_in(f"run '{token}' now")], token


@pytest.mark.parametrize(("what", "recipe"), EACH)
def test_a_token_is_nothing_else(what: str, recipe: str) -> None:
    """One finding for one token: no second form matches a part of it."""
    found = {known.name for seed in SEEDS for known, _, _ in formats_in(f"run {token_of(recipe, seed)} now")}
    assert found <= {what}


@pytest.mark.parametrize(("what", "recipe"), EACH)
def test_a_token_cut_short_is_none(what: str, recipe: str) -> None:
    token = token_of(recipe)
    short = re.sub(r"[A-Za-z0-9+/_=-]{12,}(?=[^A-Za-z0-9]*$)", lambda match: match[0][:8], token)
    if len(short) < len(token):
        assert what not in [known.name for known, _, _ in formats_in(f"run {short}! now")]


def test_an_assignment_ends_with_its_line() -> None:
    assert not list(assigned_in("the password:\n\nRotateRegularly2026 is what the page advises"))
