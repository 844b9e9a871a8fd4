"""The examples on the rules' pages are what the command line says of those files."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main

PAGES = Path(__file__).parents[2] / "docs" / "rules"
BLOCK = re.compile(r"^`(?P<name>[^`\n]+)`:\n\n```yaml\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
SHOWN = re.compile(r"```text\n(?P<text>.*?)```", re.DOTALL)
WITH_EXAMPLE = [
    page for page in sorted(PAGES.glob("*.md")) if "## An example across files" in page.read_text()
]


def test_some_pages_have_an_example():
    assert len(WITH_EXAMPLE) >= 2


@pytest.mark.parametrize("page", WITH_EXAMPLE, ids=lambda page: page.stem)
def test_the_command_line_says_what_the_page_shows(page, tmp_path, monkeypatch):
    example = page.read_text().partition("## An example across files")[2]
    for found in BLOCK.finditer(example):
        path = tmp_path / found["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found["text"])
    (tmp_path / ".git").mkdir()  # where a repository begins
    monkeypatch.chdir(tmp_path)
    scan, explain = (found["text"] for found in SHOWN.finditer(example))
    assert CliRunner().invoke(main, ["scan", "."]).output == scan
    place = re.search(r"`sealcheck explain (\S+)`", example)[1]
    assert CliRunner().invoke(main, ["explain", place]).output == explain
