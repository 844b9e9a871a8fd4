"""What is left out because it cannot matter: with and without it, the same is found."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bot.leaks import machine
from bot.leaks.analysis import follow
from bot.leaks.inert import is_inert
from bot.leaks.programs import REGISTRY
from bot.pipeline.model import Job
from bot.repository import Repository
from bot.snapshot import Tree
from tests.leaks.jobs import job
from tests.leaks.test_entries import CASES
from tests.test_samples import cases, mount

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "ci"
NAMES = sorted({name.strip("*") for program in REGISTRY for name in program.names})
WORDS = (
    *("get", "kv", "login", "read", "show", "output", "config", "secrets", "token", "create", "-x", "--help"),
    *("install", "./run.sh", "a.txt", "https://example.com", "printenv", "env", "-v", "K", "{get,put}", "F"),
)
BEFORE = (
    "",
    "sudo ",
    "env ",
    "time ",
    "exec ",
    "command ",
    "nice -n 5 ",
    "timeout 5 ",
    "env -i ",
    "A=b ",
    "! ",
)
BEHIND = (
    "",
    " > /dev/null",
    " 2>&1",
    " > out",
    " 2> /dev/null",
    " && true",
    " || exit 1",
    " | cat",
    " &",
    " <<< a",
)
AROUND = (
    *('echo "$K"', "set -x", "f() { echo $K; }", "npm() { env; }", "exec > out", "export K2=$K", "cd sub"),
    *("cat out", "env", "trap env EXIT", "source out", "alias npm=env", 'echo "$K" > out', "set +x", "./out"),
)


def interpreted(found: Job) -> object:
    """What is found where nothing is left out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "is_skipped", lambda *_: False)
        return follow(found, {"run.sh": "#!/bin/sh\necho $K\n", "sub/run.sh": "#!/bin/sh\necho $1\n"})


def followed(found: Job) -> object:
    return follow(found, {"run.sh": "#!/bin/sh\necho $K\n", "sub/run.sh": "#!/bin/sh\necho $1\n"})


def test_every_program_and_form() -> None:
    random = Random(20)
    names = [
        *NAMES,
        "npm",
        "make",
        "echo",
        "printf",
        "true",
        "cd",
        "read",
        "exit",
        "eval",
        "sh",
        ".",
        "/bin/env",
    ]
    skipped = 0
    for name in names * 2:
        words = random.sample(WORDS, random.randint(0, 3))
        entry = random.choice(BEFORE) + " ".join((name, *words)) + random.choice(BEHIND)
        skipped += is_inert(entry)
        found = job(random.choice(AROUND), entry, random.choice(AROUND), entry, random.choice(AROUND))
        assert followed(found) == interpreted(found), entry
    assert skipped > len(names) / 8


def test_scripts_of_the_table() -> None:
    random = Random(21)
    for _ in range(100):
        entries = "\n".join(random.sample(CASES, 2)).split("\n")
        for line in ("npm ci", "echo 'a b' 2>&1"):
            entries.insert(random.randint(0, len(entries)), line)
        found = job(*entries)
        assert followed(found) == interpreted(found), entries


def test_samples() -> None:
    for case in list(cases())[::6]:
        files, _ = mount(case.values[1])
        for each in Repository(Tree(files)).jobs:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(machine, "is_skipped", lambda *_: False)
                every = follow(each, files)
            assert follow(each, files) == every, case.id


@pytest.mark.parametrize(
    "script",
    [
        ('npm() { echo "$K"; }', "npm ci"),
        ("set -x", "npm ci", 'docker login -p "$K"'),
        ("exec > out", "echo 'echo $K'", "exec > /dev/tty", ". ./out"),
    ],
)
def test_where_nothing_is_left_out(script: tuple[str, ...]) -> None:
    found = job(*script)
    assert followed(found) == interpreted(found)
    assert follow(found, {}).leaks


@pytest.mark.parametrize(
    "entry",
    [
        "npm ci",
        "echo a > /dev/null 2>&1",
        "sudo apt-get update -y && apt-get install -y jq",
        "true || false",
        "npm i -D a",
        "yarn install",
    ],
)
def test_what_is_left_out(entry: str) -> None:
    assert is_inert(entry)


@pytest.mark.parametrize(
    "entry",
    [
        *(
            'npm ci "$A"',
            "A=b",
            "A=b npm ci",
            "npm ci > log",
            "exit 1",
            "cd a",
            "./run.sh",
            "bash run.sh",
            "env",
        ),
        *(
            "echo `date`",
            "vault kv get a",
            "vault kv {get,put} a",
            "npm ci | cat",
            "if true; then a; fi",
            "a <<< b",
        ),
        *(
            "export A",
            "set -x",
            "cat <<END",
            "npm ci \\",
            "npm run ci",
            "npm test",
            "npm --prefix ci start",
            "yarn ci",
            "make install",
            ". ./env",
            "eval a",
            "docker build .",
            "printf -v A b",
        ),
    ],
)
def test_what_is_interpreted(entry: str) -> None:
    assert not is_inert(entry)
