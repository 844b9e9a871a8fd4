"""JSON: strict as Vault is, with places that reach through a heredoc into the outer file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.json import parse_json, without_places
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Sequence, plain
from bot.documents.yaml import parse_yaml

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_what_was_written_is_what_is_read(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    node = parse_json("x.json", text)
    assert not isinstance(node, Unreadable)
    assert plain(node) == value
    assert (node.span.start_line, node.span.start_column) == (1, 1)
    assert text.split("\n")[node.span.end_line - 1][: node.span.end_column - 1] == text.split("\n")[-1]


@given(st.text(), st.booleans())
def test_every_character_of_a_string_has_its_place(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    node = parse_json("x.json", text)
    for offset, char in enumerate(node.text):
        there = text[node.place(offset).column - 1]
        assert there in {char, "\\"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"ttl": 6h}', 1, "in double quotes"),
        ('{\n "a": "\\*"}', 2, "backslash"),
        ('{\n"a": 1,\n}', 2, "comma is before }"),
        ('{"a": 1\n"b": 2}', 2, "comma or } is missing"),
        ("{a: 1}", 1, "key must be in double quotes"),
        ('{"a" 1}', 1, "no colon"),
        ('["a\n"]', 1, "no end on its line"),
        ('["a\tb"]', 1, "control character"),
        ("[01]", 1, "bare word"),
        ("{} x", 1, "something follows"),
        ("[1", 1, "comma or ] is missing"),
        ("", 1, "ends too early"),
        ("\ufeff{}", 1, "byte order mark"),
        ("[" * 5000, 1, "nested deeper"),
        ("// c\n{}", 1, "bare word"),
    ],
)
def test_a_refusal_names_the_line_and_the_remedy(text, line, words):
    unread = parse_json("x.json", text)
    assert isinstance(unread, Unreadable)
    assert unread.line == line
    assert words in unread.reason


def test_no_value_of_the_file_is_shown_in_a_refusal():
    unread = parse_json("x.json", '{"password": hunter2}')
    assert "hunter2" not in unread.reason


def test_the_last_of_repeated_keys_counts():
    node = parse_json("x.json", '{"a": 1,\n "a": 2}')
    assert plain(node) == {"a": 2}
    assert node.entry("a").key.span.start_line == 2


def test_halves_of_surrogate_pairs_become_what_go_makes_of_them():
    node = parse_json("x.json", r'"\ud83d\ude00 \ud800y"')
    assert node.text == "😀 \ufffdy"
    assert [node.place(offset).column for offset in range(4)] == [2, 14, 15, 21]


def test_json_in_a_heredoc_of_a_ci_job_stands_where_the_outer_file_has_it():
    outer = 'job:\n  script:\n    - |\n      vault write auth/jwt/role/x - <<EOF\n      {"ttl":\n        "6h"}\n      EOF\n'
    script = parse_yaml("ci.yml", outer)[0].get("job", "script").items[0]
    start = script.text.index("{")
    node = parse_json(
        "ci.yml", script.text[start : script.text.index("EOF\n", start)], lambda at: script.place(start + at)
    )
    assert isinstance(node, Mapping)
    assert node.span[1:] == (5, 7, 6, 14)
    assert node.get("ttl").span[1:] == (6, 9, 6, 13)
    assert node.get("ttl").place(1) == (6, 11)


def test_nested_values_have_their_own_spans():
    node = parse_json("x.json", '{\r\n  "a": [1,\r\n  true ]\r\n}')
    assert isinstance(node.get("a"), Sequence)
    assert node.get("a").span[1:] == (2, 8, 3, 9)
    assert node.get("a").items[1].span[1:] == (3, 3, 3, 7)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": ["x", 1, 2.5, true, null]}, "c": "\\u00e9\\n", "": {}}',
        '{"a": 1, "a": {"last": "counts"}}',
        '["plain", "with \\"quotes\\"", []]',
    ],
)
def test_the_value_without_places_is_the_same_value(text: str) -> None:
    assert plain(without_places(text)) == plain(parse_json("x.json", text))


def test_what_is_not_certain_has_no_value_without_places() -> None:
    assert without_places("{") is None
    assert without_places("[" * 100_000) is None
