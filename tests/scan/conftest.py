"""A working tree of its own for each test, and the command line run in it as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.scanning.call import ScanOptions, run_call

ROOT = Path(__file__).parent.parent.parent
LEAK = """\
stages: [deploy]

deploy:
  stage: deploy
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
      when: on_success
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.example.com
  secrets:
    SIGNING_KEY:
      vault: app/signing/key@secret
      file: false
      token: $VAULT_ID_TOKEN
  script:
    - echo "$SIGNING_KEY"
    - ./deploy.sh
"""
CLEAN = LEAK.replace('    - echo "$SIGNING_KEY"\n', "")


def git(folder: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@example.com",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@example.com",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, check=True, env=environment, text=True
    )
    return done.stdout


class Terminal:
    """Runs `sealcheck scan` in-process (fast) or as a program."""

    def __init__(self, folder: Path, capsys) -> None:
        self.folder = folder
        self.capsys = capsys

    def write(self, **files: str) -> None:
        for name, text in files.items():
            self.put(name.replace("__", "/"), text)

    def put(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def scan(self, *paths: str, stdin: bytes | None = None, **options) -> tuple[int, str]:
        self.capsys.readouterr()
        status = run_call(ScanOptions(paths=paths, **options), stdin, sys.stdout, sys.stderr)
        return status, self.capsys.readouterr().out

    def json(self, *paths: str, **options) -> dict:
        return json.loads(self.scan(*paths, form="json", **options)[1])

    def rules(self, *paths: str, **options) -> list[str]:
        return [each["rule"] for each in self.json(*paths, **options)["findings"] if each["ignored"] is None]

    def program(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=60,
        )


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "tree"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Terminal(folder, capsys)


@pytest.fixture
def checkout(terminal):
    git(terminal.folder, "init", "-q", "-b", "main")
    terminal.put(".gitlab-ci.yml", CLEAN)
    git(terminal.folder, "add", "-A")
    git(terminal.folder, "commit", "-qm", "clean")
    return terminal
