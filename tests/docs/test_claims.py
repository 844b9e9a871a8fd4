"""Pages that promise something name the test that shows it: each named test exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(?P<file>tests/[\w/]+\.py)(?:::(?P<test>\w+))?`")
PAGES = sorted((ROOT / "docs").rglob("*.md"))
PROMISING = ("docs/security.md", "docs/operations.md")
"""Pages whose tables name a test in every row."""


@cache
def functions_of(file: Path) -> frozenset[str]:
    """The names of the test functions in that file, also those in classes."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_named_test_exists(page: Path):
    for found in NAMED.finditer(page.read_text(encoding="utf-8")):
        file = ROOT / found["file"]
        assert file.is_file(), found[0]
        if found["test"]:
            assert found["test"] in functions_of(file), found[0]


@pytest.mark.parametrize("page", [page for page in PROMISING if (ROOT / page).exists()])
def test_every_row_of_a_table_of_promises_names_its_test(page: str):
    inside = False
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and line.rstrip().endswith("| test |"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            assert NAMED.search(line.rsplit("|", 2)[1]), line


def test_every_paragraph_of_the_operations_page_names_its_test():
    for paragraph in (ROOT / "docs/operations.md").read_text(encoding="utf-8").split("\n\n"):
        if not paragraph.startswith(("#", "|")):
            assert NAMED.search(paragraph), paragraph


def test_every_table_of_the_operations_page_is_one_of_promises():
    for table in (ROOT / "docs/operations.md").read_text(encoding="utf-8").split("\n\n"):
        if table.startswith("|"):
            assert table.splitlines()[0].endswith("| test |"), table.splitlines()[0]
