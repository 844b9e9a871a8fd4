"""The gate: whatever goes in, it comes out as text that is seen and does nothing."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.comments.escape import block, cell, code, exact, fence, masked, prose, visible
from tests.comments.hostile import assert_harmless, hostile, said, tokens


@given(hostile, hostile, hostile)
@settings(deadline=None)
def test_prose_is_harmless_wherever_it_stands(one, two, three):
    assert_harmless(f"{prose(one)}\n\n{prose(two)}\n\n- {code('x')}: {prose(three)}")


@given(hostile, hostile)
@settings(deadline=None)
def test_a_name_is_one_code_span(name, other):
    body = f"On {code(name)} and {code(other)}."
    assert_harmless(body)
    spans = [token.content for token in tokens(body) if token.type == "code_inline"]
    assert len(spans) == 2
    assert said(body).split() == ["On", "and", "."]


@given(hostile, hostile)
@settings(deadline=None)
@example("\\|@all", "\\\\|@all")
def test_a_cell_stays_one_cell(name, value):
    body = f"| name | value |\n|---|---|\n| {cell(name)} | {cell(value)} |"
    assert_harmless(body)
    types = [token.type for token in tokens(body)]
    assert types.count("td_open") == 2
    assert types.count("code_inline") == 2


@given(hostile, st.sampled_from(["", "diff", "sh"]))
@settings(deadline=None)
def test_a_block_ends_where_it_should(text, language):
    body = f"before\n\n{block(text, language)}\n\nafter"
    assert_harmless(body)
    assert [token.type for token in tokens(body)].count("fence") == 1
    assert said(body).split() == ["before", "after"]


@given(hostile, hostile)
@settings(deadline=None)
def test_what_may_stand_exactly_is_harmless(before, after):
    text = before + after
    if exact(text):
        ticks = fence(text)
        body = f"before\n\n{ticks}suggestion:-0+0\n{text}\n{ticks}\n\nafter"
        assert_harmless(body)
        assert said(body).split() == ["before", "after"]


@given(hostile)
@settings(deadline=None)
def test_nothing_is_lost_that_can_be_seen(text):
    shown = visible(text)
    for letter in "éa名":
        assert (letter in shown) == (letter in text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the job `deploy` prints it", "the job `deploy` prints it"),
        ("anybody may log in as @all now", "anybody may log in as `@all` now"),
        ("/merge", "`/merge`"),
        ("a `b", "a 'b"),
        ("24 hours, not 20", "24 hours, not 20"),
        ("- not a list", "`-` not a list"),
        ("left\u202eright", "leftU+202Eright"),
        ("see https://vault.example", "see `https://vault.example`"),
    ],
)
def test_prose_reads_as_it_was_written(text, shown):
    assert prose(text) == shown


def test_a_token_is_never_repeated():
    token = "glpat-" + "A1b2C3d4E5f6G7h8J9k0"
    for text in (code(token), prose(f"the value {token} here"), block(f"x: {token}\n"), masked(token)):
        assert token not in text
        assert "***" in text
    assert not exact(f"x: {token}\n")


@pytest.mark.parametrize("piece", ["`", "@all ", "\\|", "glpat-", "s.", "\u202e"])
def test_a_megabyte_is_no_trouble(piece):
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    for written in (code(text), prose(text), cell(text)):
        assert len(written) < 10_000
    assert len(block(text)) < 200_000
    assert not exact(text)
    assert time.process_time() - began < 20
