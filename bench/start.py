"""The processor time of one start of `sealcheck scan`, on one small file, and beside it that of another installation.

    .venv/bin/python bench/start.py [SEALCHECK ...]

Medians of runs that take turns; `.venv/bin/sealcheck` alone where none is named. An editable installation starts a
little later than a wheel does.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 21
HERE = Path(sys.executable).parent
PLAIN = "test:\n  script: [make test]\n"
LEAKY = """\
deploy:
  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}
  secrets:
    DB_PASSWORD: {vault: app/db/password@secret, token: $VAULT_ID_TOKEN, file: false}
  script:
    - echo "$DB_PASSWORD"
    - docker login -u app -p "$DB_PASSWORD" registry.example.com
"""
ROLE = '{"role_type": "jwt", "user_claim": "sub", "bound_audiences": "https://vault.example.com"}\n'
FILES = {
    "a plain pipeline": (".gitlab-ci.yml", PLAIN),
    "a pipeline with leaks": (".gitlab-ci.yml", LEAKY),
    "a role": ("role.json", ROLE),
}


def seconds(command: list[str], folder: Path, cache: Path) -> float:
    environment = {**os.environ, "SEALCHECK_CACHE_DIR": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    child = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    return usage.ru_utime + usage.ru_stime


def report(title: str, commands: dict[str, list[str]], folder: Path, cache: Path) -> None:
    figures: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(RUNS + 1):
        for name, command in commands.items():
            spent = seconds(command, folder, cache)
            if number:  # the first one fills caches
                figures[name].append(spent)
    for name, spent in figures.items():
        print(f"{title:<34} {statistics.median(spent):.3f} s  least {min(spent):.3f} s  {name}", flush=True)


def main() -> None:
    programs = sys.argv[1:] or [str(HERE / "sealcheck")]
    with tempfile.TemporaryDirectory() as name:
        report("Python itself", {sys.executable: [sys.executable, "-c", "pass"]}, Path(name), Path(name))
        for number, (title, (path, text)) in enumerate(FILES.items()):
            folder, cache = Path(name) / str(number) / "tree", Path(name) / str(number) / "cache"
            folder.mkdir(parents=True)
            (folder / path).write_text(text)
            report(title, {each: [each, "scan", *uncached(each)] for each in programs}, folder, cache)
            if not number:
                report(
                    "the same again, from the cache",
                    {each: [each, "scan"] for each in programs},
                    folder,
                    cache,
                )


def uncached(program: str) -> list[str]:
    """The option, where the program has it."""
    known = subprocess.run([program, "scan", "--help"], capture_output=True, text=True, check=True).stdout
    return ["--no-cache"] if "--no-cache" in known else []


if __name__ == "__main__":
    main()
