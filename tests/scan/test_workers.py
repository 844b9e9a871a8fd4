"""Several processes say what one says: word for word, in the same order, also when one of them dies."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.analysis.engine import Part, judge, run_rules, settled
from bot.repository import Repository
from bot.scanning import workers
from bot.snapshot import Tree
from tests.scan.conftest import LEAK, ROOT

PIPELINES = {
    f"{number}/.gitlab-ci.yml": LEAK.replace(
        "./deploy.sh", "./deploy.sh\n    - env\n    - bash run.sh" * (number % 3)
    )
    for number in range(7)
}


@pytest.mark.parametrize("of", [1, 2, 3, 8])
def test_all_parts_say_what_one_says(of):
    repository = Repository(Tree(PIPELINES, listing=frozenset(PIPELINES)))
    whole = run_rules(repository)
    assert len(whole.findings) > 7
    parts = [judge(repository, part=Part(number, of)) for number in range(of)]
    assert settled(repository, reversed(parts)) == whole
    busy = [part for part in parts if part.hits]
    assert len(busy) >= min(of, 3)


def run(folder, code: str) -> str:
    """What a process of its own prints: only a lone thread may fork."""
    text = f"import sys, os\nfrom bot.scanning import workers\nfrom bot.__main__ import main\nworkers.WORTH_CHARACTERS = 0\n{code}\n"
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


FORKS = (
    "fork, forks = os.fork, []\ndef counted():\n    forks.append(1)\n    return fork()\nos.fork = counted\n"
)
SCAN = "try: main(['scan', '--no-cache', '--workers', '{}'])\nexcept SystemExit as end: print(end.code, {})"


def test_the_program_says_the_same(terminal):
    for name, text in PIPELINES.items():
        terminal.put(name, text)
    # Read by one job only, wherever that is judged: what could not be read is reported all the same.
    terminal.put("run.inc", b"A=\xff\n")
    terminal.put("6/.gitlab-ci.yml", LEAK.replace("./deploy.sh", ". ./run.inc"))
    one = run(terminal.folder, FORKS + SCAN.format(1, "len(forks)"))
    assert one.splitlines()[-1] == "2 0"
    assert "run.inc: error: not checked: it is not UTF-8" in one
    for count in (2, 3):
        several = run(terminal.folder, FORKS + SCAN.format(count, "len(forks)"))
        assert several.splitlines()[-1] == f"2 {count - 1}", "it forked"
        assert several.splitlines()[:-1] == one.splitlines()[:-1]


def test_a_child_that_dies_changes_nothing(terminal):
    for name, text in PIPELINES.items():
        terminal.put(name, text)
    die = (
        "judge, parent = workers.judge, os.getpid()\n"
        "def dies(*a, **k):\n    if os.getpid() != parent: os.kill(os.getpid(), 9)\n    return judge(*a, **k)\n"
        "workers.judge = dies\n"
    )
    assert run(terminal.folder, die + SCAN.format(2, "")) == run(terminal.folder, SCAN.format(1, ""))


def test_small_work_and_threads_stay_in_one_process(terminal, monkeypatch):
    terminal.put(".gitlab-ci.yml", LEAK)
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("it forked"))
    assert terminal.scan(workers=8)[0] == 1
    monkeypatch.setattr(workers, "WORTH_CHARACTERS", 0)
    monkeypatch.setattr(workers.threading, "active_count", lambda: 2)
    assert terminal.scan(workers=8)[0] == 1
