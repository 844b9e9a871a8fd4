"""The cache on disk: a repeated scan says the same without judging, and never an old thing of a changed repository."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

import pytest

import bot
from bot.scanning import cache
from bot.scanning.rendering import FORMATS
from tests.scan.conftest import CLEAN, LEAK, ROOT, git

ROLE = (
    '{"role_type": "jwt", "user_claim": "sub", "bound_claims": {"project_id": "1"}, "bound_audiences": "v"}\n'
)
SCRIPT = '#!/bin/sh\necho "$SIGNING_KEY"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "cache"
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(place))
    return place


@pytest.fixture
def judged(monkeypatch):
    """How often something was judged."""
    from bot.scanning import run

    calls = []
    real = run.scan
    monkeypatch.setattr(run, "scan", lambda *given: calls.append(1) or real(*given))
    return calls


def stable(report: str) -> str:
    """A report without its times."""
    return "\n".join(line for line in report.splitlines() if "_time" not in line and "UTC" not in line)


@pytest.mark.parametrize("form", FORMATS)
def test_a_second_scan_says_the_same_and_judges_nothing(terminal, folder, judged, form):
    terminal.put(".gitlab-ci.yml", LEAK)
    terminal.put("vault/app.json", ROLE)
    terminal.put("broken.tf", "resource {")
    first, second = (terminal.scan(form=form, cache=True) for _ in range(2))
    assert len(judged) == 1
    assert stable(first[1]) == stable(second[1])
    assert first[0] == second[0]
    assert stable(terminal.scan(form=form)[1]) == stable(second[1])


def test_without_the_option_nothing_is_kept(terminal, folder):
    terminal.put(".gitlab-ci.yml", LEAK)
    terminal.program("scan", "--no-cache")
    assert not folder.exists()
    terminal.program("scan")
    assert len(list(folder.iterdir())) == 1


CHANGES = {
    "another text": lambda terminal: terminal.put(".gitlab-ci.yml", CLEAN),
    "a new file": lambda terminal: terminal.put("b.gitlab-ci.yml", LEAK),
    "a file less": lambda terminal: (terminal.folder / "vault/app.json").unlink(),
    "a script that was not there": lambda terminal: terminal.put("deploy.sh", SCRIPT),
    "a policy": lambda terminal: terminal.put(".sealcheck.yml", "severity: {secret-in-log: low}\n"),
    "an unreadable text": lambda terminal: terminal.put(".gitlab-ci.yml", b"\xff\xfe"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_judged_again(terminal, folder, judged, change):
    terminal.put(".gitlab-ci.yml", LEAK)
    terminal.put("vault/app.json", ROLE)
    terminal.scan(cache=True)
    change(terminal)
    assert terminal.json(cache=True) == terminal.json()
    assert len(judged) == 3


def test_a_script_that_only_another_process_has_read_counts(terminal, folder):
    for number in range(6):
        terminal.put(
            f"{number}/.gitlab-ci.yml",
            LEAK.replace("./deploy.sh", f"bash run{number}.sh\n    - echo" + " x" * 20_000),
        )
        terminal.put(f"run{number}.sh", "true\n")
    code = "import sys\nfrom bot.__main__ import main\nmain(['scan', '--workers', '2', '--format', 'concise', *sys.argv[1:]])"

    def scan(*options: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, *options],
            cwd=terminal.folder, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60,
        )  # fmt: skip
        return done.stdout

    before = scan()
    terminal.put("run5.sh", SCRIPT)
    assert before != scan() == scan("--no-cache")


def test_a_new_day_a_new_version_and_another_policy_are_judged_anew(terminal, folder, judged, monkeypatch):
    terminal.put(".gitlab-ci.yml", LEAK)
    policy = terminal.put("../policy.yml", "severity: {secret-in-log: low}\n")
    terminal.scan(cache=True)
    monkeypatch.setattr(bot, "__version__", "99.0.0")
    terminal.scan(cache=True)
    terminal.scan(cache=True, policy=str(policy))
    terminal.scan(cache=True, policy=str(policy))
    assert len(judged) == 3


DAMAGE = {
    "cut off": lambda content: content[: len(content) // 2],
    "nothing": lambda _: b"",
    "noise": lambda _: bytes(range(256)),
    "one letter": lambda content: content.replace(b"high", b"info", 1),
    "another form": lambda _: cache._digest(b'{"texts": {}}').encode() + b"\n" + b'{"texts": {}}',
    "no mapping": lambda _: cache._digest(b"[]").encode() + b"\n[]",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_counts_for_nothing(terminal, folder, damage):
    terminal.put(".gitlab-ci.yml", LEAK)
    right = terminal.json(cache=True)
    [entry] = folder.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert terminal.json(cache=True) == right
    assert terminal.json(cache=True) == right


def test_no_value_of_a_secret_is_written_down(terminal, folder):
    value = "glpat-" + "Aa1_" * 5
    terminal.put(
        ".gitlab-ci.yml",
        f"deploy:\n  variables:\n    VAULT_SKIP_VERIFY: 'true' # {value}\n    API_TOKEN: {value}\n  script: [make]\n",
    )
    for form in ("text", "json"):
        first, second = (terminal.scan(form=form, cache=True)[1] for _ in range(2))
        assert first == second == terminal.scan(form=form)[1]
        assert "hardcoded-credential" in first
    kept = b"".join(entry.read_bytes() for entry in folder.iterdir())
    assert b"hardcoded-credential" in kept
    assert value.encode() not in kept


def test_entries_are_the_users_own_and_not_too_many(terminal, folder, monkeypatch):
    monkeypatch.setattr(cache, "_MAX_ENTRIES", 3)
    for number in range(5):
        terminal.put(f"{number}.gitlab-ci.yml", LEAK)
        terminal.scan(f"{number}.gitlab-ci.yml", cache=True)
    entries = list(folder.iterdir())
    assert len(entries) == 3
    assert all(entry.stat().st_mode & 0o077 == 0 for entry in (folder, *entries))


def test_a_folder_that_cannot_be_written_is_named_where_the_user_named_it(
    terminal, folder, capsys, monkeypatch
):
    terminal.put(".gitlab-ci.yml", LEAK)
    folder.write_text("a file")
    done = terminal.program("scan")
    assert done.returncode == 1
    assert f"{cache.FOLDER_VARIABLE}: {folder} cannot be written".encode() in done.stderr
    monkeypatch.delenv(cache.FOLDER_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    assert terminal.program("scan").stderr == b""


def test_scans_at_the_same_time_leave_whole_entries(terminal, folder):
    terminal.put(".gitlab-ci.yml", LEAK)
    command = [sys.executable, "-m", "bot", "scan", "--format", "concise"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(command, cwd=terminal.folder, env=environment, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0] for process in running}
    assert len(said) == 1
    assert [entry.suffix for entry in folder.iterdir()] == [".json"]


def test_a_change_since_a_base_is_never_taken_from_memory(checkout, folder, judged):
    checkout.put(".gitlab-ci.yml", LEAK)
    for _ in range(2):
        checkout.scan(base="main", cache=True)
    assert len(judged) == 2
    assert not folder.exists()


@pytest.mark.parametrize("seed", range(5))
def test_any_change_is_seen(checkout, folder, seed):
    chance = random.Random(seed)
    names = [
        "deploy.sh",
        "ci/a.yml",
        "ci/b.yml",
        ".gitlab-ci.yml",
        "vault/app.json",
        ".sealcheck.yml",
        "roles.tf",
    ]
    texts = [LEAK, CLEAN, SCRIPT, ROLE, "include: [ci/a.yml, ci/b.yml]\n" + LEAK, "include: ci/b.yml\n", "{"]
    for _ in range(12):
        name = chance.choice(names)
        if chance.random() < 0.2:
            (checkout.folder / name).unlink(missing_ok=True)
        elif chance.random() < 0.7:
            checkout.put(name, chance.choice(texts))
        if chance.random() < 0.2:
            git(checkout.folder, "add", "-A")
        form = chance.choice(("json", "concise"))
        assert checkout.scan(form=form, cache=True) == checkout.scan(form=form)


def test_an_entry_names_what_it_rests_on(terminal, folder):
    terminal.put(".gitlab-ci.yml", LEAK)
    terminal.scan(cache=True)
    [entry] = folder.iterdir()
    kept = json.loads(entry.read_bytes().partition(b"\n")[2])
    assert kept["texts"]["deploy.sh"].startswith("no text")
    assert len(kept["texts"][".gitlab-ci.yml"]) == 32
