"""Edits change what they are asked to, on every nasty shape, and not one character more."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from bot.documents import edits
from bot.documents.json import parse_json
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Scalar, Sequence, Style, plain
from bot.documents.splice import File
from bot.documents.yaml import Dialect, parse_yaml
from bot.fixes import apply_edits

SHAPES = {
    path.stem: path.read_bytes().decode()
    for path in sorted((Path(__file__).parents[1] / "yaml_shapes").glob("*.yml"))
}
READABLE = [
    name
    for name, text in SHAPES.items()
    if not isinstance(parse_yaml("x.yml", text, Dialect.GENERAL), Unreadable)
]
# Without anchors an edit changes one place alone; with them, or with repeated keys, an edit may be refused.
SIMPLE = [
    "crlf", "no_last_newline", "no_last_newline_crlf", "bom", "tabs", "comments_at_ends", "flow", "literal", "folded",
    "quoted", "two_documents", "leading_marker", "marker_with_content", "wide", "root_list", "flow_colons",
]  # fmt: skip


def documents_of(text: str):
    documents = parse_yaml("x.yml", text, Dialect.GENERAL)
    assert not isinstance(documents, Unreadable), documents
    return documents


def values_of(text: str) -> list:
    return [plain(document) for document in documents_of(text)]


def routes(node, route=()):
    """Every node with its route, a key's own node under (..., None, key)."""
    yield route, node
    if isinstance(node, Mapping):
        for name, entry in node.entries.items():
            yield from routes(entry.value, (*route, name))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from routes(item, (*route, index))


def everywhere(name: str):
    for index, document in enumerate(documents_of(SHAPES[name])):
        for route, node in routes(document):
            yield index, route, node


def with_value(values: list, index: int, route: tuple, change) -> list:
    """`values` after `change(parent, last step of the route)`."""
    values = copy.deepcopy(values)
    parent, last = values, index
    for step in route:
        parent, last = parent[last], step
    change(parent, last)
    return values


def assert_kept(before: str, after: str) -> None:
    """The habits of the file: its line endings, its byte order mark and its last line."""
    if before.endswith("\n") or not before:
        assert after.endswith("\n") or not after
    else:
        assert not after.endswith("\n")
    if "\r\n" in before:
        assert after.count("\n") == after.count("\r\n")
    assert after.startswith("\ufeff") == before.startswith("\ufeff")


def assert_within(before: str, after: str, span) -> None:
    """Nothing outside of `span` changed."""
    lines = before.split("\n")
    start = sum(len(line) + 1 for line in lines[: span.start_line - 1]) + span.start_column - 1
    end = sum(len(line) + 1 for line in lines[: span.end_line - 1]) + span.end_column - 1
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])


@pytest.mark.parametrize("new", ["new", "a, b: #c", "yes", "", 'it\'s "quoted"', 7, True])
@pytest.mark.parametrize("name", SIMPLE)
def test_set_scalar_changes_that_scalar_alone(name, new):
    text = SHAPES[name]
    done = 0
    for index, route, node in everywhere(name):
        if not isinstance(node, Scalar) or node.style in {Style.LITERAL, Style.FOLDED}:
            continue
        edit = edits.set_scalar(text, node, new)
        assert edit is not None, (route, node)
        after = apply_edits(text, [edit])
        assert values_of(after) == with_value(
            values_of(text), index, route, lambda parent, last: parent.__setitem__(last, new)
        )
        assert_kept(text, after)
        assert_within(text, after, node.span)
        done += 1
    assert done or name in {"literal", "folded"}


@pytest.mark.parametrize("name", ["literal", "folded", "crlf", "tabs"])
def test_set_scalar_writes_a_block_as_a_block(name):
    text = SHAPES[name]
    for index, route, node in everywhere(name):
        if not isinstance(node, Scalar) or node.style not in {Style.LITERAL, Style.FOLDED}:
            continue
        for new in ("one line\n", "two\n  lines\n", "no end"):
            edit = edits.set_scalar(text, node, new)
            if edit is None:
                continue
            after = apply_edits(text, [edit])
            assert values_of(after) == with_value(
                values_of(text), index, route, lambda parent, last, new=new: parent.__setitem__(last, new)
            )
            assert_kept(text, after)


@pytest.mark.parametrize("name", SIMPLE)
def test_replace_within_changes_those_characters_alone(name):
    text = SHAPES[name]
    for index, route, node in everywhere(name):
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            continue
        for start, end in word_bounds(node.text):
            edit = edits.replace_within(text, node, start, end, "W'\"x")
            assert edit is not None, (route, start)
            after = apply_edits(text, [edit])
            wanted = node.text[:start] + "W'\"x" + node.text[end:]
            assert values_of(after) == with_value(
                values_of(text),
                index,
                route,
                lambda parent, last, wanted=wanted: parent.__setitem__(last, wanted),
            )
            assert_kept(text, after)


def word_bounds(text: str):
    start = None
    for offset, char in enumerate(text + " "):
        if char.isalpha() and char.isascii():
            start = offset if start is None else start
        elif start is not None:
            yield start, offset
            start = None


@pytest.mark.parametrize("name", SIMPLE)
def test_remove_entry_takes_that_entry_alone(name):
    text = SHAPES[name]
    for index, route, node in everywhere(name):
        if not isinstance(node, Mapping):
            continue
        for key, entry in node.entries.items():
            edit = edits.remove_entry(text, node, key)
            if edit is None:  # a comment in brackets, a list's item with a comment behind its first key
                assert "#" in text, (route, key)
                continue
            after = apply_edits(text, [edit])
            wanted = with_value(values_of(text), index, (*route, key), lambda parent, last: parent.pop(last))
            assert values_of(after) == wanted, (route, key)
            assert_kept(text, after)
            assert comments(after) >= comments(text) - comments_on_lines(text, entry.span), (route, key)


@pytest.mark.parametrize(
    "value", ["plain", "needs: quotes", ["a", {"b": 1}], {"k": {"deep": "er"}}, {}, True]
)
@pytest.mark.parametrize("name", SIMPLE)
def test_insert_key_adds_that_key_alone(name, value):
    text = SHAPES[name]
    for index, route, node in everywhere(name):
        if not isinstance(node, Mapping):
            continue
        for after_key in [None, *node.entries]:
            edit = edits.insert_key(text, node, "added", value, after=after_key)
            if edit is None:  # behind a block that keeps its trailing lines, or behind a comment in brackets
                assert name in {
                    "literal",
                    "folded",
                    "flow",
                    "marker_with_content",
                    "no_last_newline",
                    "wide",
                    "two_documents",
                }, (route, after_key)
                continue
            after = apply_edits(text, [edit])
            wanted = with_value(
                values_of(text),
                index,
                (*route, "added"),
                lambda parent, last: parent.__setitem__(last, value),
            )
            assert values_of(after) == wanted, (route, after_key)
            assert_kept(text, after)
            assert comments(after) == comments(text)


def comments(text: str) -> int:
    return sum(line.count("# ") for line in text.split("\n"))


def comments_on_lines(text: str, span) -> int:
    return comments("\n".join(text.split("\n")[span.start_line - 1 : span.end_line]))


@pytest.mark.parametrize("name", READABLE)
def test_no_edit_of_any_shape_breaks_the_file(name):
    """Anchors, merges, repeated keys: an edit is refused, or the file still reads."""
    text = SHAPES[name]
    for _index, _route, node in everywhere(name):
        tries = []
        if isinstance(node, Scalar):
            tries = [
                edits.set_scalar(text, node, "new value"),
                edits.replace_within(text, node, 0, len(node.text), "x"),
            ]
        elif isinstance(node, Mapping):
            tries = [edits.remove_entry(text, node, key) for key in node.entries]
            tries += [edits.insert_key(text, node, "added", "x", after=key) for key in [None, *node.entries]]
            tries += [edits.insert_after_entry(text, entry, "added", "x") for entry in node]
        for edit in tries:
            if edit is not None:
                documents_of(apply_edits(text, [edit]))


def test_a_whole_line_of_a_script_goes_without_a_trace():
    text = "job:\n  script:\n    - |\n      set -x\n      make\n      set -x\n    - make\n"
    script = documents_of(text)[0].get("job", "script").items[0]
    assert apply_edits(text, [edits.replace_within(text, script, 0, 6, "")]) == text.replace(
        "      set -x\n", "", 1
    )
    at = script.text.rindex("set -x")
    without_last = "job:\n  script:\n    - |\n      set -x\n      make\n    - make\n"
    assert apply_edits(text, [edits.replace_within(text, script, at, at + 6, "")]) == without_last


def test_quotes_follow_the_scalar_that_is_replaced():
    text = "a: 'x'\nb: \"x\"\nc: x\n"
    node = documents_of(text)[0]
    for key, line in (("a", "a: 'n''w'"), ("b", 'b: "n\'w"'), ("c", "c: n'w")):
        wanted = {"c": 'c: "n\'w"'}.get(key, line)
        assert wanted in apply_edits(text, [edits.set_scalar(text, node.get(key), "n'w")])


def test_an_empty_value_gets_a_blank_before_it():
    text = "job:\n  stage:\n  image: x\n"
    node = documents_of(text)[0]
    assert apply_edits(text, [edits.set_scalar(text, node.get("job", "stage"), "test")]) == text.replace(
        "stage:", "stage: test"
    )


def test_a_key_is_renamed_where_it_stands():
    text = "job:\n  CI_JOB_JWT: x  # c\n"
    entry = documents_of(text)[0].entry("job", "CI_JOB_JWT")
    assert apply_edits(text, [edits.set_scalar(text, entry.key, "ID_TOKEN")]) == "job:\n  ID_TOKEN: x  # c\n"


def test_a_merged_entry_is_not_removed_through_its_user():
    text = ".x: &x\n  k: v\njob:\n  <<: *x\n  j: w\n"
    job = documents_of(text)[0].get("job")
    assert edits.remove_entry(text, job, "k") is None
    assert apply_edits(text, [edits.remove_entry(text, job, "j")]) == text.replace("  j: w\n", "")


def test_a_key_that_another_one_hides_is_not_removed():
    text = "a: 1\nb: 2\na: 3\n"
    assert edits.remove_entry(text, documents_of(text)[0], "a") is None


JSON = '{\n  "a": 1,\n  "b": {"c": [1, 2], "d": {}},\n  "e": "x\\"y"\n}'


@pytest.mark.parametrize(
    "text", [JSON, JSON + "\n", JSON.replace("\n", "\r\n"), json.dumps(json.loads(JSON))]
)
def test_json_keeps_its_commas(text):
    def read(text):
        node = parse_json("x.json", text)
        assert not isinstance(node, Unreadable), node
        return node

    for route, node in routes(read(text)):
        tries = []
        if isinstance(node, Scalar):
            tries.append(
                (edits.set_scalar(text, node, 'n"w'), lambda parent, last: parent.__setitem__(last, 'n"w'))
            )
        elif isinstance(node, Mapping):
            tries += [
                (edits.remove_entry(text, node, key), lambda p, last, key=key: p[last].pop(key))
                for key in node.entries
            ]
            tries += [
                (
                    edits.insert_key(text, node, "new", ["v"], after=key),
                    lambda p, last: p[last].__setitem__("new", ["v"]),
                )
                for key in [None, *node.entries]
            ]
        for edit, change in tries:
            assert edit is not None, (route, node)
            after = apply_edits(text, [edit])
            assert [plain(read(after))] == with_value([plain(read(text))], 0, route, change)
            assert_kept(text, after)


def test_json_inside_a_script_of_yaml_stays_json():
    text = 'job:\n  script:\n    - |\n      vault write auth/jwt/role/x - <<EOF\n      {"ttl": 3600}\n      EOF\n'
    script = documents_of(text)[0].get("job", "script").items[0]
    start = script.text.index("{")
    role = parse_json(
        "x.yml", script.text[start : script.text.index("\n", start)], lambda at: script.place(start + at)
    )
    assert '{"ttl": 3600, "type": "jwt"}' in apply_edits(text, [edits.insert_key(text, role, "type", "jwt")])
    assert '{"ttl": "1h"}' in apply_edits(text, [edits.set_scalar(text, role.get("ttl"), "1h")])


@pytest.mark.parametrize(
    ("start", "end", "new", "edit"),
    [
        (2, 3, "x", (2, 2, "x\n")),
        (2, 6, "x\nc\n", (2, 2, "x\n")),
        (0, 4, "a\n", (2, 2, "")),
        (2, 2, "x\ny\n", (2, 1, "x\ny\n")),
        (0, 7, "a\nb\nc\ne", (4, 4, "e\n")),
        (2, 4, "x\nb\n", (2, 1, "x\n")),
    ],
)
def test_a_splice_touches_the_fewest_lines(start, end, new, edit):
    made = File("x.txt", "a\nb\nc\nd\n").splice(start, end, new)
    assert (made.start_line, made.end_line, made.text) == edit
    text = "a\nb\nc\nd\n"
    assert apply_edits(text, [made]) == text[:start] + new + text[end:]
