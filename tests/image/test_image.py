"""The image as far as it can be tried without a container engine: its recipe is read, and followed in a folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.service.conftest import ROOT, free_port

FULL = os.environ.get("SEALCHECK_ORACLE") == "full"
MODE = re.compile(r"--[a-z-]+=\S+\s*")


@dataclass(frozen=True)
class Step:
    """One instruction of the Dockerfile, in the stage that `stage` counts from 0."""

    stage: int
    word: str
    text: str


def recipe() -> list[Step]:
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    steps: list[Step] = []
    stage = -1
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            stage += word == "FROM"
            steps.append(Step(stage, word, " ".join(rest.split())))
    return steps


def of(word: str, stage: int | None = None) -> list[str]:
    return [step.text for step in recipe() if step.word == word and stage in {None, step.stage}]


def sources(copy: str) -> list[str]:
    return [] if "--from=" in copy else MODE.sub("", copy).split()[:-1]


def context() -> set[str]:
    """What `.dockerignore` lets into the build, files by their path."""
    lines = [
        line for line in (ROOT / ".dockerignore").read_text().split("\n") if line and not line.startswith("#")
    ]
    let_in = {line[1:] for line in lines if line.startswith("!")}
    kept_out = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    assert set(lines) == {"*"} | {f"!{each}" for each in let_in} | {f"**/{each}" for each in kept_out}
    found = [each for name in let_in for each in [ROOT / name, *(ROOT / name).rglob("*")] if each.is_file()]
    paths = {each.relative_to(ROOT).as_posix() for each in found}
    return {
        path
        for path in paths
        if not any(fnmatch(part, each) for part in path.split("/") for each in kept_out)
    }


def locked(name: str) -> dict[str, int]:
    """Requirement of that file -> how many hashes it may have."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    return {
        line.split()[0]: line.count("--hash=sha256:")
        for line in text.splitlines()
        if re.match(r"[a-z]", line)
    }


def test_everything_copied_is_there_and_let_in():
    named = [source for copy in of("COPY") for source in sources(copy)]
    assert len(named) > 4
    for source in named:
        assert any(path == source or path.startswith(f"{source}/") for path in context()), source


def test_the_build_sees_the_program_and_nothing_else():
    tops = {path.split("/")[0] for path in context()}
    assert tops == {source for copy in of("COPY") for source in sources(copy)}
    assert not [
        path for path in context() if path.endswith((".pyc", ".env", ".sqlite3")) or "__pycache__" in path
    ]


def test_the_base_is_a_named_slim_version_in_both_stages():
    assert of("FROM") == ["${PYTHON} AS build", "${PYTHON}"]
    (base,) = of("ARG")
    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-[a-z]+", base)


def test_what_runs_is_nobody_and_starts_without_a_shell():
    (user,) = of("USER", 1)
    assert all(int(number) > 0 for number in user.split(":"))
    last = [step.word for step in recipe() if step.stage == 1]
    assert not {"RUN", "COPY"} & set(last[last.index("USER") :]), (
        "something is done after the user is given up"
    )
    assert [text[0] for text in of("ENTRYPOINT") + of("CMD")] == ["[", "["]
    assert of("HEALTHCHECK")[0].partition("CMD ")[2].startswith("[")


def test_the_result_takes_only_the_environment_along():
    assert of("COPY", 1) == ["--from=build /opt/sealcheck /opt/sealcheck"]
    assert not re.search(r"\b(apt|apk|pip|gcc|curl|wget)\b", " ".join(of("RUN", 1)))


def test_no_secret_and_no_address_stands_in_the_image():
    assert not re.search(r"(?i)(token|secret|password|dsn)\s*=", " ".join(of("ENV") + of("ARG")))
    for name in ("Dockerfile", "requirements.txt", "requirements-build.txt"):
        addresses = re.findall(r"https?://[^/'\s:]+", (ROOT / name).read_text())
        assert set(addresses) <= {"http://127.0.0.1"}, name


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_every_requirement_is_one_version_with_its_hashes(name: str):
    found = locked(name)
    assert found
    for requirement, hashes in found.items():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+", requirement), requirement
        assert hashes, requirement


def test_every_dependency_is_locked_at_a_version_that_it_allows():
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    wanted += project["optional-dependencies"]["console"]
    versions = dict(each.split("==") for each in locked("requirements.txt"))
    for each in map(Requirement, wanted):
        assert each.specifier.contains(versions[re.sub(r"[._]", "-", each.name).lower()]), (
            f"make requirements: {each}"
        )


def test_the_chart_starts_what_the_image_starts():
    (user,), (entry,) = of("USER", 1), of("ENTRYPOINT")
    helpers = (ROOT / "helm/sealcheck/templates/_helpers.tpl").read_text()
    assert f"runAsUser: {user.partition(':')[0]}\n" in (ROOT / "helm/sealcheck/values.yaml").read_text()
    assert entry == '["sealcheck"]'
    assert "args:" in helpers
    assert "command:" not in helpers


@pytest.mark.skipif(not FULL, reason="follows the Dockerfile, half a minute: SEALCHECK_ORACLE=full")
def test_the_recipe_makes_a_program_that_serves(tmp_path: Path):
    """Each RUN of the build stage, with its folders moved below a temporary one; then the image's own command."""
    build, made = tmp_path / "build", tmp_path / "sealcheck"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "base"], check=True)
    base = {**os.environ, "PATH": f"{tmp_path}/base/bin:{os.environ['PATH']}", "PIP_CONFIG_FILE": os.devnull}
    subprocess.run(["pip", "install", "-q", "--upgrade", "pip"], env=base, check=True)
    build.mkdir()
    for step in recipe():
        if step.stage == 0 and step.word == "COPY":
            for path in context():
                if path.split("/")[0] in sources(step.text):
                    (build / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / path, build / path)
        if step.stage == 0 and step.word == "RUN":
            command = step.text.replace("/opt/sealcheck", str(made))
            done = subprocess.run(
                command, shell=True, cwd=build, env=base, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
    kept = {path.name for path in (made / "bin").iterdir()}
    assert not {"pip", "gcc"} & kept
    port, writable = free_port(), tmp_path / "data"
    writable.mkdir()
    command = [
        *shlex.split(of("ENTRYPOINT")[0].strip("[]").replace(",", " ")),
        *eval(of("CMD")[0])[:-1],
        str(port),
    ]
    given = {"GITLAB_TOKEN": "t", "WEBHOOK_SECRET": "s", "GITLAB_URL": "http://127.0.0.1:9"}
    process = subprocess.Popen(command, cwd=writable, env={"PATH": f"{made}/bin:/usr/bin:/bin", **given})
    try:
        assert answers(f"http://127.0.0.1:{port}/healthz")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0


def answers(url: str) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.1)
    return False
