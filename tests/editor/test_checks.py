"""What is said while somebody types: the same as `scan` says of the file, without judging the rest again."""

from __future__ import annotations

import datetime as dt
import subprocess

import pytest

from bot.analysis.focus import Focus
from bot.editor.checks import check
from bot.repository import Repository
from tests.scan.conftest import CLEAN, LEAK

TODAY = dt.date(2026, 11, 29)


@pytest.fixture
def home(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / ".gitlab-ci.yml").write_text(CLEAN)
    (tmp_path / ".gitlab-ci.yml").write_text("include: 3/.gitlab-ci.yml\n")
    (tmp_path / "deploy.sh").write_text('#!/bin/sh\necho "$SIGNING_KEY"\n')
    return tmp_path


def test_only_what_has_to_do_with_the_open_file_is_loaded(home, monkeypatch):
    loaded = []
    real = Repository._load
    monkeypatch.setattr(Repository, "_load", lambda self, root: loaded.append(root) or real(self, root))
    checked = check(home, {home / "3/.gitlab-ci.yml": LEAK}, TODAY)
    assert "secret-in-log" in {finding.rule for finding in checked.findings("3/.gitlab-ci.yml")}
    assert set(loaded) <= {".gitlab-ci.yml", "3/.gitlab-ci.yml"}


@pytest.mark.parametrize("name", ["3/.gitlab-ci.yml", "deploy.sh", ".gitlab-ci.yml", "notes.md"])
def test_the_same_is_said_as_of_the_whole(home, monkeypatch, name):
    buffers = {home / name: LEAK if name.endswith(".yml") else "echo $CI_JOB_TOKEN\n"}
    said = check(home, buffers, TODAY)
    monkeypatch.setattr(Focus, "on", lambda *_: None)
    whole = check(home, buffers, TODAY)
    assert said.findings(name) == whole.findings(name)
    assert list(said.unread(name)) == list(whole.unread(name))
