"""Vendors' tokens, each put together at run time."""

from __future__ import annotations

import random

import pytest

from bot.facts.credentials import assigned_in, formats_in, is_words

_HEX, _LETTERS = "0123456789abcdef", "abcdefghijkmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVW"
_LINES = {
    "a DigitalOcean token": ("dop_v1_", _HEX, 64),
    "a Shopify token": ("shpat_", _HEX, 32),
    "a Databricks token": ("dapi", _HEX, 32),
    "a Hugging Face token": ("hf_", _LETTERS, 34),
    "a Linear key": ("lin_api_", _LETTERS, 40),
    "a Pulumi token": ("pul-", _HEX, 40),
    "a RubyGems key": ("rubygems_", _HEX, 48),
    "a Doppler token": ("dp.pt.", _LETTERS, 43),
}


@pytest.mark.parametrize("name", _LINES)
def test_a_token_is_known_by_its_form_and_a_shorter_one_is_not(name: str) -> None:
    prefix, alphabet, length = _LINES[name]
    body = "".join(random.Random(7).choices(alphabet, k=length))
    assert [known.name for known, _, _ in formats_in(f"run {prefix}{body} now")] == [name]
    assert not list(formats_in(f"run {prefix}{body[:-4]} now"))


def test_an_assignment_ends_with_its_line() -> None:
    assert not list(assigned_in("the password:\n\nRotateRegularly2026 is what the page advises"))


def test_words_are_typed_and_random_text_is_not() -> None:
    assert is_words("local-database-7")
    assert not is_words("k7" + "Rq2mXv9" * 2)
