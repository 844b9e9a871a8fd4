"""Commands that `make`, `just`, `task` and `npm run` find in files of the repository, reported in those files."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from bot.leaks.analysis import leaks_of
from bot.leaks.model import Sink
from bot.snapshot import Tree
from tests.leaks.jobs import job

if TYPE_CHECKING:
    from pathlib import Path

MAKEFILE = """\
KEY := $(shell cat $$F | rev)
WHO = $(USER_NAME)

.PHONY: all dump

all: check
	@echo deploying

check:
	@printf '%s' "$$K" | \\
		base64

plain:
	@test -n "$$K" && echo set

dump:
	# $$K
	-@env

echoed:
	./push $(K)

quiet:
	@./push $(K)

shell:
	@echo key $(KEY)

given:
	@echo $(GREETING)

%.o: %.c
	@echo $$K
"""


def found(script: str, text: str, path: str = "Makefile", **more: str) -> list[tuple[Sink, str, int]]:
    leaks = leaks_of(job(script), Tree({path: text, **more}))
    return [(leak.sink, leak.span.path, leak.span.start_line) for leak in leaks]


@pytest.mark.parametrize(
    ("script", "sinks"),
    [
        ("make", [(Sink.TRANSFORMED, 10)]),
        ("make -j4 check", [(Sink.TRANSFORMED, 10)]),
        ("make plain", []),
        ("make dump", [(Sink.DUMP, 18)]),
        ("make echoed", [(Sink.LOG, 21)]),
        ("make -s echoed", []),
        ("make quiet", []),
        ("make shell", [(Sink.TRANSFORMED, 27)]),
        ('make given GREETING="${K%?}"', [(Sink.TRANSFORMED, 30)]),
        ("make given", []),
        ("make no-such-target", []),
    ],
)
def test_recipes_of_make(script: str, sinks: list[tuple[Sink, int]]) -> None:
    leaks = found(script, MAKEFILE)
    assert leaks == [(sink, "Makefile", line) for sink, line in sinks]


@pytest.mark.parametrize(
    ("target", "shown"),
    [("all", "czNjcjN0"), ("echoed", "s3cr3t"), ("quiet", ""), ("shell", "3l1f"), ("plain", "")],
)
def test_make_itself_shows_the_same(target: str, shown: str, tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "F").write_text("f1l3")
    (tmp_path / "push").write_text("#!/bin/sh\n")
    (tmp_path / "push").chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "K": "s3cr3t", "F": str(tmp_path / "F")}
    run = subprocess.run(
        [make, target], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert any(text in run.stdout for text in ("s3cr3t", "czNjcjN0", "3l1f")) == bool(shown)
    assert shown in run.stdout


def test_a_makefile_of_another_folder_runs_there() -> None:
    text = 'show:\n\t@head -1 "$$F"\n'
    assert found("make -C build show", text, "build/Makefile") == [(Sink.LOG, "build/Makefile", 2)]
    assert found("cd build && make show", text, "build/Makefile") == [(Sink.LOG, "build/Makefile", 2)]
    assert found("make -f build/ci.mk show", text, "build/ci.mk") == [(Sink.LOG, "build/ci.mk", 2)]
    assert found("make show", text, "build/Makefile") == []


def test_a_recipe_that_needs_itself_ends() -> None:
    assert found("make a", "a: b\n\t@echo $$K\nb: a\n\t@true\n") == [(Sink.LOG, "Makefile", 2)]
    assert found("make a", "a:\n\t@$(MAKE) a; echo $$K\n") == [(Sink.LOG, "Makefile", 2)]


def test_recipes_of_just() -> None:
    text = 'set shell := ["bash", "-c"]\nname := "x"\n\nshow key target="prod": check\n    @echo {{key}} {{target}} | rev\n\ncheck:\n    @env\n'
    assert found('just show "$K"', text, "justfile") == [
        (Sink.TRANSFORMED, "justfile", 5),
        (Sink.DUMP, "justfile", 8),
    ]
    assert found("just show $P", text, "justfile") == [(Sink.DUMP, "justfile", 8)]


def test_tasks() -> None:
    text = 'version: "3"\ntasks:\n  show:\n    deps: [check]\n    cmds:\n      - echo "${K#?}"\n      - task: dump\n  check: ./check\n  dump:\n    cmds:\n      - cmd: env\n'
    assert found("task show", text, "Taskfile.yml") == [
        (Sink.TRANSFORMED, "Taskfile.yml", 6),
        (Sink.DUMP, "Taskfile.yml", 11),
    ]
    assert found("task check", text, "Taskfile.yml") == []


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("npm run deploy", [3, 4]),
        ("npm run --silent deploy", [3, 4]),
        ("yarn deploy", [3, 4]),
        ("pnpm run deploy", [3, 4]),
        ("npm run build", []),
        ("npm test", [6]),
        ("npm deploy", []),
        ("npm ci", []),
    ],
)
def test_scripts_of_a_package(script: str, lines: list[int]) -> None:
    text = """\
{
  "scripts": {
    "predeploy": "env",
    "deploy": "echo \\"$K\\" | rev",
    "build": "tsc",
    "test": "echo ${K%?}"
  }
}
"""
    assert [line for _, path, line in found(script, text, "package.json") if path == "package.json"] == lines
