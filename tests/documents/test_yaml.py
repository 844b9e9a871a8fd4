"""YAML: values as Psych types them, places exact to the character, refusals with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, Style, plain
from bot.documents.yaml import Dialect, parse_yaml

SHAPES = sorted((Path(__file__).parents[1] / "yaml_shapes").glob("*.yml"))


def read(text: str, dialect: Dialect = Dialect.GITLAB) -> tuple[Node, ...]:
    documents = parse_yaml("x.yml", text, dialect)
    assert not isinstance(documents, Unreadable), documents
    return documents


def refusal(text: str, dialect: Dialect = Dialect.GITLAB) -> Unreadable:
    unread = parse_yaml("x.yml", text, dialect)
    assert isinstance(unread, Unreadable)
    return unread


def value(text: str) -> object:
    return plain(read(f"a: {text}\n")[0].get("a"))


def scalars_of(node: Node):
    if isinstance(node, Mapping):
        for entry in node:
            yield from scalars_of(entry.key)
            yield from scalars_of(entry.value)
    elif isinstance(node, Sequence):
        for item in node:
            yield from scalars_of(item)
    else:
        yield node


def stands_elsewhere(scalar: Scalar, lines: list[str]) -> bool:
    """A value in base64, a key that is an alias, or one that is a whole list or mapping."""
    is_alias = lines[scalar.span.start_line - 1][scalar.span.start_column - 1 :].startswith("*")
    return (
        is_alias or "binary" in (scalar.tag or "") or (scalar.style is Style.PLAIN and scalar.text[0] in "[{")
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", True), ("Off", False), ("y", "y"), ("~", None), ("nuLL", None), ("", None),
        ("010", 8), ("08", "08"), ("0o10", "0o10"), ("0x1F", 31), ("1_000", 1000), ("1,000", 1000), ("1__0", "1__0"),
        ("12:30", 45000), ("-12:30", -41400), ("190:20:30.15", 685230.15), ("1:75", "1:75"),
        ("1.", 1.0), ("+.5", 0.5), (".", "."), ("1e3", "1e3"), ("1.0e-3", 0.001), (".inf", float("inf")),
        ("!!float 1e3", 1000.0), ("!!float 1_0.5E-1", 1.05), ("&a :name", "name"),
        (":name", "name"), (":'a b'", "a b"), ("'010'", "010"), ('! "42"', 42), ("!!str 42", "42"), ("!unknown 42", 42),
        ("!!binary ZWNobyBoaQ==", "echo hi"), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_scalars_mean_what_they_mean_to_psych(text, expected):
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_the_last_of_repeated_keys_wins_and_keeps_the_first_place():
    node = read("a: 1\nb: 2\na: 3\n")[0]
    assert list(plain(node).items()) == [("a", 3), ("b", 2)]
    assert node.entry("a").key.span.start_line == 3


def test_a_merge_behind_a_key_overrides_it():
    node = read(".x: &x {k: merged}\na:\n  k: own\n  <<: *x\nb:\n  <<: *x\n  k: own\n")[0]
    assert plain(node.get("a")) == {"k": "merged"}
    assert plain(node.get("b")) == {"k": "own"}


def test_a_merged_entry_says_its_way_and_stands_where_it_is_written():
    node = read(".x: &x\n  k: v\n.y: &y\n  <<: *x\njob:\n  <<: [*y]\n  list:\n    - *x\n  whole: *x\n")[0]
    entry = node.entry("job", "k")
    assert (entry.via, entry.key.span.start_line) == (("anchor &y", "anchor &x"), 2)
    assert node.get("job", "list").items[0].entry("k").via == ("anchor &x",)
    assert node.entry("job", "whole").via == ("anchor &x",)
    assert node.get("job", "whole") is node.get(".x")


def test_every_document_is_there_and_empty_ones_are_not():
    text = "---\n---\nspec: {}\n---\njob: 1\n---\n"
    assert [plain(d) for d in read(text, Dialect.GENERAL)] == [{"spec": {}}, {"job": 1}]
    assert read("# nothing\n") == ()


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_every_character_of_every_shape_is_where_it_is_said_to_be(path):
    text = path.read_bytes().decode()
    documents = parse_yaml(path.name, text, Dialect.GENERAL)
    if isinstance(documents, Unreadable):
        assert documents.line or "surrogate" in documents.reason
        return
    lines = text.split("\n")
    for scalar in (s for document in documents for s in scalars_of(document)):
        for offset, char in enumerate(scalar.text):
            if stands_elsewhere(scalar, lines):
                break
            place = scalar.place(offset)
            line = lines[place.line - 1]
            there = line[place.column - 1 : place.column]
            if char.isspace():  # a fold is at the break it comes from
                assert there in {"", "\r", "\t", " ", "\\"} or there == char, (scalar, offset)
            elif there != "\\":
                assert there == char, (scalar, offset, place)


def test_a_span_ends_with_the_value_and_not_with_the_comments_behind_it():
    node = read("a:\n  b: 1  # c\n  # d\n\n# e\nf: |\n  x\n\n\ng: [1,\n  2]  # h\ni:\n- j\n# k\n")[0]
    assert node.get("a").span[1:] == (2, 3, 2, 7)
    assert node.get("f").span[1:] == (6, 4, 7, 4)
    assert node.get("g").span[1:] == (10, 4, 11, 5)
    assert node.get("i").span[1:] == (13, 1, 13, 4)


def test_a_span_leaves_out_anchor_and_tag():
    node = read("a: &x !t  v\nb: &y\n  - 1\nc: &z\n- 1\nd: !t {k: v}\ne: &w !t\n  k: v\n")[0]
    assert [node.get(key).span[1:3] for key in "abcde"] == [(1, 11), (3, 3), (5, 1), (6, 7), (8, 3)]


def test_lines_are_gits_also_where_yaml_sees_more():
    node = read('\ufeffa: "x\u2028y"\nb: 1\r\nc: 2\n')[0]
    assert [node.get(key).span.start_line for key in "abc"] == [1, 2, 3]
    assert node.entry("a").key.span.start_column == 2  # the mark is a character of the line


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: *missing\n", 2, "use extends or !reference"),
        ("a: &x\n  b: [*x]\n", 2, "contains itself"),
        ("a: 2024-01-01\n", 1, "put it in quotes"),
        ("a: !ruby/object:Foo {b: 1}\n", 1, "plain mapping"),
        ("a:\n\tb: 1\n", 2, "blanks"),
        ("a: b: c\n", 1, "in quotes"),
        ("a: @x\n", 1, "quote a value"),
        ("a: 1\nb: \x00\n", 2, "NUL"),
        ("a: \x07\n", 1, "control character"),
        ("a: [1, 2\nb: 3\n", 2, "bracket"),
        ("%YAML 1.1\n---\na: 1\n", 1, "directive"),
        ("---\n  a: 1\n  b: 2\n", 2, "blanks behind ---"),
        ("a: \ud800\n", 0, "UTF-8"),
        ("a: {<<: !reference [b]}\n", 1, "extends"),
    ],
)
def test_a_refusal_names_the_line_and_the_remedy(text, line, words):
    unread = refusal(text)
    assert (unread.path, unread.line) == ("x.yml", line)
    assert words in unread.reason


def test_others_may_write_dates_and_their_own_tags():
    node = read("expires: 2027-03-31\nx: !ruby/object:Foo {a: 1}\n", Dialect.GENERAL)[0]
    assert plain(node) == {"expires": "2027-03-31", "x": {"a": 1}}


def test_colons_and_question_marks_in_flow_lists_read_as_in_newer_libyaml():
    node = read("a: [.oidc:auth, x?y, http://h:80/p?q=1, 'q:?'] # c:d\nb: {k:v: w}\n")[0]
    assert plain(node) == {"a": [".oidc:auth", "x?y", "http://h:80/p?q=1", "q:?"], "b": {"k:v": "w"}}
    assert node.get("a").items[2].text == "http://h:80/p?q=1"
    assert refusal("a: [b:, c]\n").line == 1


def test_keys_that_are_no_strings_stand_under_what_ruby_prints():
    node = read("yes: 1\n010: 2\n~: 3\n1.50: 4\n? [a, b]\n: 5\n:sym: 6\n")[0]
    assert list(node.entries) == ["true", "8", "", "1.5", '["a","b"]', "sym"]
    assert isinstance(node.entry("8").key, Scalar)
