"""No part of a CI file is left out without a word: it is in the model, or reported with its file, line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.documents.documents import Documents
from bot.documents.location import Unreadable
from bot.documents.nodes import Mapping
from bot.pipeline.jobs import GLOBAL_KEYS
from bot.pipeline.load import load_pipelines
from bot.pipeline.model import Pipeline
from bot.snapshot import Tree

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "ci"
ROOT = ".gitlab-ci.yml"


def load(text: str) -> tuple[Pipeline, Documents]:
    files = {ROOT: text}
    documents = Documents(files)
    return load_pipelines(Tree(files, listing=frozenset(files)), documents)[0], documents


def dropped(text: str) -> list[str]:
    """What is neither in the model nor reported."""
    pipeline, documents = load(text)
    lines = {unread.line for unread in pipeline.unread}
    assert all(unread.path and unread.reason and unread.line >= 0 for unread in pipeline.unread)
    if pipeline.refusal is not None:
        return []  # GitLab runs no job of it, which is reported once
    read = documents.yaml(ROOT)
    if isinstance(read, Unreadable):
        return [] if lines else ["the file"]
    lost = []
    known = {*pipeline.jobs, *pipeline.hidden_jobs, *GLOBAL_KEYS}
    for document in read:
        for entry in document if isinstance(document, Mapping) else ():
            name = entry.key.text
            is_header = document is not read[-1] and "spec" in document
            if name not in known and not name.startswith(".") and not is_header and "$[[" not in name:
                lost += [] if entry.key.span.start_line in lines else [name]
        if not isinstance(document, Mapping) and document.span.start_line not in lines:
            lost.append("a document")
    return lost


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public CI files is not at ../shared/corpus")
def test_every_file_of_the_corpus_is_in_the_model_or_reported() -> None:
    paths = sorted(CORPUS.iterdir())
    assert len(paths) > 1000
    lost = {path.name: dropped(path.read_bytes().decode(errors="replace")) for path in paths}
    assert {name: parts for name, parts in lost.items() if parts} == {}


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (
            "a: {script: [x]}\nversion: 2\n",
            2,
            "jobs version config should implement the script:, run:, or trigger: keyword",
        ),
        (
            "experiments:\n  - name: x\n",
            1,
            "jobs experiments config should implement the script:, run:, or trigger: keyword",
        ),
        ("- a\n- b\n", 1, "Invalid configuration format"),
        ("just text\n", 1, "Invalid configuration format"),
        ("a:\n  script: [x]\n---\nb:\n  script: [y]\n", 4, "does not read this part of the file"),
        (
            "spec: {inputs: {}}\n---\na: {script: [x]}\n---\nb: {script: [y]}\n",
            3,
            "does not read this part of the file",
        ),
        ("a:\n  script: [x]\n  variables: [A, B]\n", 3, "jobs:a:variables config should be a hash"),
        ("a:\n  script: [x]\n  secrets:\n    - A\n", 4, "jobs:a:secrets config should be a hash"),
        ("a:\n  script: [x]\n  secrets:\n    KEY: path\n", 4, "jobs:a:secrets:key config should be a hash"),
        (
            "a:\n  script: [x]\n  id_tokens:\n    T: aud\n",
            4,
            "jobs:a:id_tokens:t config missing required keys: aud",
        ),
        ("variables: text\na: {script: [x]}\n", 1, "variables config should be a hash"),
        ("default: [x]\na: {script: [x]}\n", 1, "default config should be a hash"),
        ("a:\n  script:\n    - echo a: b\n", 3, "quote the whole line"),
        (
            f"a:\n  script: {'[' * 13}x{']' * 13}\n",
            2,
            "config should be a string or a nested array of strings up to 10 levels deep",
        ),
        ("a:\n  run:\n    - name: s\n      step: ./other\n", 3, "comes from elsewhere"),
        ("a:\n\tscript: [x]\n", 2, "tab"),
        ("# nothing yet\n", 1, "at least one visible job"),
        ("workflow:\n  rules:\n    - if: $CI_COMMIT_TAG\n", 1, "at least one visible job"),
        ("a:\n  script: [x]\n  trigger: g/p\n", 3, "cannot be used together: script, trigger"),
    ],
)
def test_what_gitlab_refuses_or_nobody_read_is_reported_on_its_line(text: str, line: int, why: str) -> None:
    pipeline, _ = load(text)
    assert [unread.line for unread in pipeline.unread if why in unread.reason] == [line], pipeline.unread


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a:\n  trigger: group/project\n  variables:\n  needs:\n",
        "a:\n  script: [x]\n  variables:\n  secrets:\n",
        ".list: [a]\n.text: b\na: {script: [x]}\n",
        "spec:\n  inputs: {}\n---\na: {script: [x]}\n",
        "---\na: {script: [x]}\n",
        "a:\n  run:\n    - name: s\n      script: x\n",
        f"a:\n  script: {'[' * 10}x{']' * 10}\n",
    ],
)
def test_what_gitlab_accepts_is_not_reported(text: str) -> None:
    assert load(text)[0].unread == ()
