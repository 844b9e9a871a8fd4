"""Broken and hostile files: a pipeline or a told reason, never a crash, in bounded time and memory."""

from __future__ import annotations

import gc
import os
import resource
import time
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.documents.documents import Documents
from bot.documents.location import Unreadable
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Pipeline
from bot.snapshot import Project, Tree
from tests.documents.mutations import mutated

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
CORPUS = HERE.parents[2] / "shared" / "corpus" / "ci"
ROOT = ".gitlab-ci.yml"
IN_FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
TENTHS = 50 if IN_FULL else 2
"""how large the large ones are, in tenths of a megabyte: what takes long is long before five of them"""
MOST_SECONDS = 4.0
"""CPU time for one file, whatever it holds, on a slow machine; what is not defused takes minutes"""
MOST_ASKED = 1_000
"""jobs of a file that are asked when they run: a rule asks only those that hold secrets"""
MOST_MEGABYTES = 1500


@pytest.fixture(autouse=True, scope="module")
def _only_our_own_garbage() -> Iterator[None]:
    """What other tests left in memory is not walked through again and again; `scan` does the same."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def seeds() -> list[str]:
    own = [*HERE.parent.glob("yaml_shapes/*.yml"), *HERE.parent.glob("rules/*/*.yml")]
    own += (HERE.parent / "oracle/fixtures/ci").rglob("*.yml")
    files = [*own, *CORPUS.iterdir()] if IN_FULL and CORPUS.is_dir() else own
    return [path.read_bytes().decode(errors="replace") for path in sorted(files)]


def read(text: str, **others: str) -> tuple[tuple[Pipeline, ...], float]:
    """What is made of `text`, every job asked when it runs, and the CPU seconds it took."""
    files = {ROOT: text, **{name.replace("__", "/") + ".yml": other for name, other in others.items()}}
    began = time.process_time()
    tree = Tree(files, listing=frozenset(files), project=Project(path="group/app", host="gitlab.example"))
    pipelines = load_pipelines(tree, Documents(files))
    for pipeline in pipelines:
        for job in islice(pipeline.jobs.values(), MOST_ASKED):
            assert job.when
            assert all(line.place(len(line.text)).line for line in job.scripts)
    return pipelines, time.process_time() - began


def test_a_broken_file_is_a_pipeline_or_is_reported_in_bounded_time() -> None:
    texts = seeds()
    slowest = (0.0, "")
    count = 10_000 if IN_FULL else 200
    for text in mutated(texts, count, seed=3):
        pipelines, seconds = read(text)
        assert pipelines
        assert all(unread.reason and unread.line >= 0 for each in pipelines for unread in each.unread)
        slowest = max(slowest, (seconds, text))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} broken files: the slowest took {slowest[0]:.2f} s, the process {megabytes:.0f} MB at most"
    )
    assert slowest[0] < MOST_SECONDS, slowest[1][:2000]
    assert megabytes < MOST_MEGABYTES


def bombs() -> dict[str, str]:
    names = "abcdefghijklmnopqrst"
    lists = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise(names))
    maps = "".join(
        f".{b}: &{b} {{{', '.join(f'k{i}: *{a}' for i in range(9))}}}\n" for a, b in pairwise(names)
    )
    merges = "".join(f".{b}: &{b}\n  <<: [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise(names))
    references = "".join(
        f".{b}:\n  script: [{', '.join([f'!reference [.{a}, script]'] * 9)}]\n" for a, b in pairwise(names)
    )
    wide = ", ".join(f".p{i}" for i in range(400))
    extends = "".join(f".p{i}: {{variables: {{V{i}: x}}}}\n" for i in range(400))
    chain = "".join(f".c{i}: {{extends: [.c{i - 1}, .c{i - 2}]}}\n" for i in range(2, 300))
    axes = ", ".join(f"V{i}: [{', '.join(map(str, range(50)))}]" for i in range(30))
    line = "    - " + "x" * 90 + "\n"
    return {
        "deep-flow": "a: " + "[" * 100_000,
        "deep-flow-closed": "a: {script: " + "[" * 5_000 + "x" + "]" * 5_000 + "}",
        "deep-block": "".join(" " * i + f"k{i}:\n" for i in range(3_000)),
        "deep-dashes": "a:\n  script:\n    " + "- " * 5_000 + "x\n",
        "alias-lists": "a: &a [x]\n" + lists + "job: {script: *t}\n",
        "alias-maps": ".a: &a {x: y}\n" + maps + "job: {script: [x], variables: *t}\n",
        "merge-keys": ".a: &a {x: y}\n" + merges + "job:\n  <<: *t\n  script: [x]\n",
        "references": ".a: {script: [x]}\n" + references + "job: {script: !reference [.t, script]}\n",
        "wide-extends": extends + "".join(f"j{i}: {{extends: [{wide}], script: [x]}}\n" for i in range(60)),
        "fibonacci-extends": ".c0: {script: [x]}\n.c1: {script: [y]}\n" + chain + "job: {extends: .c299}\n",
        "matrix": "".join(f"j{i}: {{script: [x], parallel: {{matrix: [{{{axes}}}]}}}}\n" for i in range(100)),
        "conditions": "job:\n  script: [x]\n  rules:\n    - if: " + "(" * 4_000 + "$A" + ")" * 4_000 + "\n",
        "patterns": "job:\n  script: [x]\n  rules:\n"
        + "".join(f"    - if: $CI_COMMIT_BRANCH =~ /{'(a*)*' * 200}{i}$/\n" for i in range(100)),
        "repetitions": "job:\n  script: [x]\n  rules:\n"
        + "".join(f"    - if: $CI_COMMIT_BRANCH =~ /a{{900}}{i}$/\n" for i in range(3_000)),
        "patterns-in-many-jobs": "".join(
            f"j{i}: {{script: [x], only: [/{'(a|b)*' * 300}{i}/]}}\n" for i in range(300)
        ),
        "megabytes-of-script": "job:\n  script:\n" + line * (1_040 * TENTHS),
        "megabytes-of-jobs": "".join(
            f"job{i}:\n  script: [make all]\n  stage: test\n" for i in range(2_200 * TENTHS)
        ),
        "megabytes-in-a-line": "job:\n  script: '" + "x " * (52_000 * TENTHS) + "'\n",
        "megabytes-of-anchors": "".join(f".a{i}: &a{i} {{x: [y]}}\n" for i in range(4_000 * TENTHS)),
        "megabytes-of-spaces": "job:\n  script: [x]\n" + " " * (104_000 * TENTHS),
        "megabytes-of-blocks": "spec: {inputs: {x: {default: y}}}\n---\njob:\n  script:\n    - '"
        + "$[[ inputs.x ]]" * (6_800 * TENTHS)
        + "'\n",
        "open-blocks": "spec: {inputs: {x: {default: y}}}\n---\njob:\n  script: ['"
        + "$[[ " * (25_000 * TENTHS)
        + "']\n",
        "megabytes-of-documents": "---\n" * (25_000 * TENTHS),
    }


@pytest.mark.parametrize("name", bombs())
def test_a_bomb_is_defused(name: str) -> None:
    pipelines, seconds = read(bombs()[name])
    assert pipelines
    assert seconds < MOST_SECONDS


def test_includes_that_include_each_other_end() -> None:
    parts = {
        f"p{i}": f"include: [{', '.join(f'p{j}.yml' for j in range(12))}]\nj{i}: {{script: [x]}}\n"
        for i in range(12)
    }
    pipelines, seconds = read("include: '*.yml'\n", **parts)
    assert any("Maximum of 150 nested includes" in unread.reason for unread in pipelines[0].unread)
    assert seconds < MOST_SECONDS


def test_a_file_that_is_no_text_is_reported() -> None:
    pipelines, _ = read("a: {script: [x]}\n\x00")
    assert isinstance(pipelines[0].unread[0], Unreadable)
