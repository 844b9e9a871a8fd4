"""No file, however broken, crashes the readers or contains them up."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot.documents.json import parse_json
from bot.documents.kinds import kind_of
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping, Node, Scalar, Sequence
from bot.documents.yaml import Dialect, parse_yaml
from tests.documents.mutations import monsters, mutated

SHAPES = [p.read_bytes().decode() for p in sorted((Path(__file__).parents[1] / "yaml_shapes").glob("*.yml"))]
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "ci"
IN_FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
SECONDS = 2.0


def check(text: str) -> None:
    kind_of(".gitlab-ci.yml", text)
    kind_of("some.yml", text)
    for dialect in Dialect:
        outcome = parse_yaml("x.yml", text, dialect)
        if isinstance(outcome, Unreadable):
            assert outcome.reason
            assert 0 <= outcome.line <= text.count("\n") + 1
        else:
            for document in outcome:
                walk(document, text.count("\n") + 1)


def walk(document: Node, lines: int) -> None:
    waiting = [document]
    seen = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        assert 1 <= node.span.start_line <= node.span.end_line <= lines
        if isinstance(node, Scalar):
            for offset in {0, len(node.text) // 2, len(node.text)}:
                assert 1 <= node.place(offset).line <= lines
        elif isinstance(node, Mapping):
            for entry in node:
                waiting += [entry.key, entry.value]
        else:
            assert isinstance(node, Sequence)
            waiting += node.items


def test_broken_files_are_read_or_refused():
    texts = list(SHAPES)
    if IN_FULL and CORPUS.is_dir():
        texts += [path.read_bytes().decode() for path in sorted(CORPUS.iterdir())]
    slowest = 0.0
    for text in mutated(texts, 10_000 if IN_FULL else 400, seed=1):
        started = time.process_time()
        check(text)
        slowest = max(slowest, time.process_time() - started)
    assert slowest < 2 * SECONDS  # both dialects, and a walk over every node
    if IN_FULL:
        print(f"slowest of 10,000 mutated files, two dialects and a walk: {slowest:.3f} s")


@pytest.mark.parametrize("name", monsters())
def test_no_monster_holds_the_reader_up(name):
    if (
        name.startswith("5 MB")
        and not IN_FULL
        and name not in {"5 MB of keys", "5 MB of colons", "5 MB of NUL"}
    ):
        pytest.skip("the other 5 MB files are read with SEALCHECK_ORACLE=full")
    text = monsters()[name]
    started = time.process_time()
    outcome = parse_yaml("x.yml", text)
    json_outcome = parse_json("x.json", text)
    kind_of("x.yml", text)
    assert time.process_time() - started < 2 * SECONDS
    assert isinstance(json_outcome, Unreadable)
    assert isinstance(outcome, Unreadable | tuple)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[" + "1," * 200_000 + "1]", '"' + "\\u0041" * 200_000 + '"']
)
def test_no_json_holds_the_reader_up(text):
    started = time.process_time()
    parse_json("x.json", text)
    assert time.process_time() - started < 2 * SECONDS
