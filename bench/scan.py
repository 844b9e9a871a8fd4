"""Files per second, cold start and peak memory of `sealcheck scan`, beside yamllint, on the same files in one run.

The files are the corpus (../shared/corpus, or the folder in the first argument), copied to a temporary folder: once
as one tree, and once as many repositories, for there a scan is a thousand pipelines in one. checkov and kingfisher
are measured too where they are installed.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORPUS = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "corpus"
STARTS = 10


def run(command: list[str], folder: Path) -> tuple[float, float, int]:
    """Wall seconds, peak MiB and exit status."""
    before = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    return time.perf_counter() - before, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def best(command: list[str], folder: Path, times: int) -> tuple[float, float, int]:
    return min(run(command, folder) for _ in range(times))


def program(name: str) -> str | None:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def main() -> None:
    if not CORPUS.is_dir():
        print(f"no corpus at {CORPUS}: nothing measured")
        return
    sealcheck = [sys.executable, "-m", "bot"]
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = folder / "tree"
        shutil.copytree(CORPUS, tree, ignore=shutil.ignore_patterns("*.jsonl", "README.md"))
        ci = folder / "ci"
        shutil.copytree(CORPUS / "ci", ci)
        tiny = folder / "tiny"
        tiny.mkdir()
        (tiny / ".gitlab-ci.yml").write_text("test:\n  script: [make test]\n")
        cases = [
            ("cold start, one file", [*sealcheck, "scan"], tiny, STARTS),
            ("python itself", [sys.executable, "-c", "pass"], tiny, STARTS),
            ("whole corpus", [*sealcheck, "scan"], tree, 3),
            ("CI files", [*sealcheck, "scan"], ci, 3),
        ]
        others = {
            "yamllint": ["-f", "parsable", "."],
            "checkov": ["-d", ".", "--framework", "gitlab_ci", "--quiet"],
            "kingfisher": ["scan", "."],
        }
        for other, arguments in others.items():
            found = program(other)
            if found is None:
                print(f"{other}: not installed, not measured")
                continue
            cases.append((f"{other}, cold start", [found, *arguments], tiny, STARTS))
            cases.append((f"{other}, CI files", [found, *arguments], ci, 1))
        for title, command, where, times in cases:
            seconds, mebibytes, status = best(command, where, times)
            files = sum(1 for each in where.rglob("*") if each.is_file())
            print(
                f"{title:<24} {files:>5} files  {seconds:7.3f} s  {files / seconds:8.0f} files/s"
                f"  {mebibytes:5.0f} MiB  exit {status}"
            )
    print(
        f"children's CPU: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime:.1f} s; best of several runs each"
    )


if __name__ == "__main__":
    main()
