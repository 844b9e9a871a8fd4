"""A survey of many projects against the stand-in for GitLab: requests, seconds and memory of each run.

    PYTHONPATH=. .venv/bin/python bench/survey.py [--projects 1000]

Runs of the real program: one that is killed (SIGKILL) in the middle, the one that goes on, one in which nothing has
changed, one in which ten projects have, and the two questions.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.gitlab_double import GitLabDouble
from tests.survey.company import DEPLOY, POLICIES, roles

TEMPLATE = "lint:\n  script: [make lint]\n"


def furnish(double: GitLabDouble, count: int) -> list:
    """Projects as they are: each fifth without CI, each tenth with an include, each hundredth with Vault's files."""
    projects = []
    for number in range(count):
        files = {"README.md": "# Application\n", "Makefile": "all:\n", "src/main.py": "print(1)\n"}
        if number % 5:
            files[".gitlab-ci.yml"] = DEPLOY
        if number % 10 == 1:
            files |= {
                ".gitlab-ci.yml": "include: ci/*.yml\n" + DEPLOY,
                "ci/lint.yml": TEMPLATE,
                "ci/test.yml": TEMPLATE,
            }
        if number % 100 == 99:
            files |= {
                f"roles/{name}-{number}.json": json.dumps(body) for name, body in roles(number + 1).items()
            }
            files |= POLICIES
        projects.append(double.project(f"group{number % 20}/app{number}", files))
    return projects


def run(double: GitLabDouble, folder: Path, *arguments: str, kill_after: int = 0) -> None:
    """One command: its requests, time, memory and last line."""
    environment = {
        **os.environ,
        "GITLAB_URL": double.url,
        "GITLAB_TOKEN": double.BOT_TOKEN,
        "DATABASE_URL": f"sqlite:///{folder}/survey.sqlite3",
    }
    double.log.clear()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )
    if kill_after:
        while len(double.log.requests) < kill_after:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    printed = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    print(
        f"{' '.join(arguments)}: status {os.waitstatus_to_exitcode(status)}, {len(double.log.requests)} requests,"
        f" {time.monotonic() - began:.1f} s ({usage.ru_utime + usage.ru_stime:.1f} s of processor),"
        f" {usage.ru_maxrss / 1024:.0f} MiB: {printed.splitlines()[0] if printed else 'killed'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--projects", type=int, default=1000)
    count = parser.parse_args().projects
    with GitLabDouble() as double, tempfile.TemporaryDirectory() as folder:
        projects = furnish(double, count)
        survey = ("survey", "--max-requests-per-minute", "0")
        run(double, Path(folder), *survey, kill_after=count * 3)
        run(double, Path(folder), *survey)
        run(double, Path(folder), *survey)
        for project in projects[:: max(1, count // 10)]:
            double.push(project, "main", {".gitlab-ci.yml": DEPLOY.replace("deploy.sh", "release.sh")})
        run(double, Path(folder), *survey)
        run(double, Path(folder), "who-can", "ops/prod/db")
        run(double, Path(folder), "reach", "group1/app1")


if __name__ == "__main__":
    main()
