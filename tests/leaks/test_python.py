"""Python programs of the repository: what they print of a job's secrets, in their own lines."""

from __future__ import annotations

import time

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job

PROGRAM = """\
#!/usr/bin/env python3
import os
import sys


def main(target):
    token = os.environ["K"]
    print(f"deploying to {target}")
    print("with", token)
    print("first", token[:4])
    with open("out/config.ini", "w") as handle:
        handle.write("password=" + token)
    client = Client(token)
    print(client.status())
    if not token:
        sys.exit("K is not set")


main(sys.argv[1])
"""


def found(script: str, program: str = PROGRAM, artifacts: str = "") -> list[tuple[Sink, str, int]]:
    leaks = leaks_of(job(script, artifacts=artifacts), Tree({"scripts/deploy.py": program}))
    return sorted((leak.sink, leak.span.path, leak.span.start_line) for leak in leaks)


@pytest.mark.parametrize(
    "script",
    ["python3 scripts/deploy.py prod", "python -u scripts/deploy.py prod", "./scripts/deploy.py prod"],
)
def test_what_it_prints_is_reported_in_its_own_lines(script: str) -> None:
    assert found(script) == [
        (Sink.LOG, "scripts/deploy.py", 9),
        (Sink.TRANSFORMED, "scripts/deploy.py", 10),
    ]


def test_a_file_that_it_writes_and_the_job_uploads() -> None:
    assert (Sink.UPLOAD, "scripts/deploy.py", 12) in found("python3 scripts/deploy.py x", artifacts="out")


def test_what_it_gets_as_an_argument() -> None:
    program = "import sys\nprint(sys.argv[2])\n"
    assert (Sink.LOG, "scripts/deploy.py", 2) in found('python3 scripts/deploy.py x "$K"', program)
    assert found('python3 scripts/deploy.py "$P" x', program) == []


@pytest.mark.parametrize(
    "program", ["", "print 'python 2'\n", "print(API_TOKEN)\n", "import os\nprint(len(os.environ['K']))\n"]
)
def test_what_is_not_known_is_silent(program: str) -> None:
    assert found("python3 scripts/deploy.py", program) == []


def test_a_program_that_is_not_there() -> None:
    assert found("python3 scripts/missing.py") == []


@pytest.mark.parametrize(
    "program",
    [
        "-" * 30_000 + "1",
        "(" * 30_000,
        "x" + "+x" * 20_000,
        "def f():\n    return " + "+".join(["f()"] * 400) + "\nprint(f())\n",
    ],
    ids=["signs", "brackets", "sum", "calls"],
)
def test_it_ends_soon(program: str) -> None:
    began = time.perf_counter()
    found("python3 scripts/deploy.py", program)
    assert time.perf_counter() - began < 5
