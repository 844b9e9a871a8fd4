"""The gate: whatever goes in, it comes out as text that is seen and does nothing."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.comments.escape import (
    MAX_BLOCK_CHARS,
    MAX_BLOCK_LINES,
    MAX_CODE_CHARS,
    MAX_PROSE_CHARS,
    MAX_READ_CHARS,
    block,
    cell,
    code,
    exact,
    fence,
    masked,
    prose,
    visible,
)
from tests.comments.hostile import assert_harmless, hostile, said, tokens


@given(hostile, hostile, hostile)
def test_prose_is_harmless_wherever_it_stands(one, two, three):
    assert_harmless(f"{prose(one)}\n\n{prose(two)}\n\n- {code('x')}: {prose(three)}")


@given(hostile, hostile)
def test_a_name_is_one_code_span(name, other):
    body = f"On {code(name)} and {code(other)}."
    assert_harmless(body)
    spans = [token.content for token in tokens(body) if token.type == "code_inline"]
    assert len(spans) == 2
    assert said(body).split() == ["On", "and", "."]


@given(hostile, hostile)
@example("\\|@all", "\\\\|@all")
def test_a_cell_stays_one_cell(name, value):
    body = f"| name | value |\n|---|---|\n| {cell(name)} | {cell(value)} |"
    assert_harmless(body)
    types = [token.type for token in tokens(body)]
    assert types.count("td_open") == 2
    assert types.count("code_inline") == 2


@given(hostile, st.sampled_from(["", "diff", "sh"]))
def test_a_block_ends_where_it_should(text, language):
    body = f"before\n\n{block(text, language)}\n\nafter"
    assert_harmless(body)
    assert [token.type for token in tokens(body)].count("fence") == 1
    assert said(body).split() == ["before", "after"]


@given(hostile, hostile)
def test_what_may_stand_exactly_is_harmless(before, after):
    text = before + after
    if exact(text):
        ticks = fence(text)
        body = f"before\n\n{ticks}suggestion:-0+0\n{text}\n{ticks}\n\nafter"
        assert_harmless(body)
        assert said(body).split() == ["before", "after"]


@given(hostile)
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


def words(length: int) -> str:
    """So many characters that look like no credential."""
    return ("so many " * length)[: length - 1] + "z"


def test_a_long_block_says_how_much_is_left_out():
    lines = [f"line {n}" for n in range(MAX_BLOCK_LINES + 5)]
    assert block("\n".join(lines[:MAX_BLOCK_LINES])).splitlines()[-2] == lines[MAX_BLOCK_LINES - 1]
    shown = block("\n".join(lines)).splitlines()
    assert shown[-3:-1] == [lines[MAX_BLOCK_LINES - 1], "... 5 more lines"]
    assert block(words(MAX_PROSE_CHARS + 1)).splitlines()[1] == words(MAX_PROSE_CHARS + 1)[:-2] + "…"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (words(MAX_CODE_CHARS), f"`{words(MAX_CODE_CHARS)}`"),
        (words(MAX_CODE_CHARS + 1), f"`{words(MAX_CODE_CHARS + 1)[:-2]}…`"),
        ("", "` `"),
        ("x " + "so-long" * MAX_READ_CHARS, "`x`"),
        ("a`b", "`` a`b ``"),
        ("`a", "`` `a ``"),
        ("a``b`c", "``` a``b`c ```"),
        ("a\r\n\t b", "`a b`"),
        ("zero\u200bwidth", "`zeroU+200Bwidth`"),
        ("fill\u3164er", "`fillU+3164er`"),
    ],
)
def test_a_code_span_shows_what_is_there(text, shown):
    assert code(text) == shown


def test_two_credentials_and_what_is_between_them():
    first, second = "glpat-" + "A1b2C3d4E5f6G7h8J9k0", "glpat-" + "Z9y8X7w6V5u4T3s2R1q0"
    assert masked(f"use {first} or {second} now") == "use *** or *** now"


@pytest.mark.parametrize(
    ("text", "is_exact"),
    [
        ("script:\n\t- make\n", True),
        (words(MAX_BLOCK_CHARS), True),
        (words(MAX_BLOCK_CHARS + 1), False),
        ("  /merge\n", False),
        ("a\n\r/merge\n", False),
        ("a / b\n", True),
        ("a\u202eb", False),
        ("a\rb", False),
    ],
)
def test_what_may_be_in_a_suggestion(text, is_exact):
    assert exact(text) is is_exact


@pytest.mark.parametrize(("text", "ticks"), [("", 3), ("``", 3), ("a ``` b", 4), ("`\n`````", 6)])
def test_a_fence_is_longer_than_what_is_in_it(text, ticks):
    assert fence(text) == "`" * ticks


@pytest.mark.parametrize("piece", ["`", "@all ", "\\|", "glpat-", "s.", "\u202e"])
def test_a_megabyte_is_no_trouble(piece):
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    for written in (code(text), prose(text), cell(text)):
        assert len(written) < 10_000
    assert len(block(text)) < 200_000
    assert not exact(text)
    assert time.process_time() - began < 20
