"""Files per second from text to pipeline, stage by stage, beside yamllint in the same run.

    .venv/bin/python bench/pipeline.py [FOLDER]

Each file of the folder (the corpus of public CI files beside this repository by default) is a repository of its own,
as `.gitlab-ci.yml`. CPU time of one process, the best of some rounds; each line contains those above it. yamllint is
not a dependency: `pip install yamllint` to see its figure.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.documents import yamllint
from bot.analysis.engine import run_rules
from bot.documents.documents import Documents
from bot.pipeline.load import load_pipelines
from bot.repository import Repository
from bot.scan import GC_THRESHOLD
from bot.snapshot import Project, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
ROOT = ".gitlab-ci.yml"
FOLDER = Path(__file__).parents[2] / "shared" / "corpus" / "ci"
PROJECT = Project(path="group/project", host="gitlab.example")


def tree(text: str) -> Tree:
    return Tree({ROOT: text}, listing=frozenset({ROOT}), project=PROJECT)


def documents(text: str) -> None:
    Documents({ROOT: text}).yaml(ROOT)


def pipelines(text: str) -> None:
    own = tree(text)
    load_pipelines(own, Documents(own.files))


def when_jobs_run(text: str) -> None:
    for job in Repository(tree(text)).jobs:
        _ = job.when


def leaks(text: str) -> None:
    repository = Repository(tree(text))
    for job in repository.jobs:
        repository.leaks(job)


def every_rule(text: str) -> None:
    run_rules(Repository(tree(text)))


def change(text: str) -> None:
    base = Repository(tree(text))
    run_rules(Repository(tree(f"{text}\n# changed\n"), base))
    run_rules(base)


def seconds(work: Callable[[str], object], texts: list[str], rounds: int = ROUNDS) -> float:
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        gc.freeze()
        began = time.process_time()
        for text in texts:
            work(text)
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    gc.set_threshold(GC_THRESHOLD, 50, 100)  # as the command line does
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    texts = [
        path.read_bytes().decode(errors="replace") for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    if not texts:
        sys.exit(f"no files in {folder}")
    print(
        f"{len(texts)} files, {sum(map(len, texts)) / 1e6:.1f} MB, best of {ROUNDS} rounds, one core, CPU time"
    )
    some = texts[:: max(1, len(texts) // 100)]
    lint = yamllint()
    theirs = len(some) / seconds(lint, some) if lint else None
    if theirs is None:
        print("yamllint is not installed: pip install yamllint")
    else:
        print(f"{'yamllint (a sample)':<38}{theirs:>8.0f} files/s")
    for name, work in (
        ("documents", documents),
        ("pipelines", pipelines),
        ("... and when each job runs", when_jobs_run),
        ("pipelines and leaks", leaks),
        ("every rule", every_rule),
        ("every rule on both sides of a change", change),
    ):
        ours = len(texts) / seconds(work, texts)
        beside = f"{ours / theirs:>7.1f} times yamllint's" if theirs else ""
        print(f"{name:<38}{ours:>8.0f} files/s{beside}", flush=True)


if __name__ == "__main__":
    main()
