"""Files per second, cold start and peak memory of `sealcheck scan` beside other programs that read the same files.

All in one run, on the same files, each program as it is installed from the package index or built by Go: in an
environment of its own under `.cache/bench`, made once (a network is needed then; what cannot be had is left out, with
the reason). zizmor reads workflows of GitHub: as many, made here.

    .venv/bin/python bench/scan.py [CORPUS [FILES]]

The files are the corpus (../shared/corpus, or the folder in the first argument): CI files, Vault roles and policies,
each in a folder of its own, the first of them again until there are 2,000, or as many as the second argument says.

They do not do the same: yamllint looks at the form of YAML, checkov at a dozen patterns, kingfisher for literal
secrets; only sealcheck follows secrets through scripts. The figures say what a wait at a terminal is made of.
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
PLACE = ROOT / ".cache" / "bench"
FILES = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
GITLEAKS = "github.com/zricethezav/gitleaks/v8@v8.28.0"
WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          echo "${{{{ github.head_ref }}}} {number}"
          ./migrate --password "$DB_PASSWORD"
        env:
          DB_PASSWORD: ${{{{ secrets.DB_PASSWORD }}}}
"""
STARTS = 10
OTHERS = {
    "yamllint": ("yamllint", ["-f", "parsable", "."]),
    "checkov": ("checkov", ["-d", ".", "--framework", "gitlab_ci", "--quiet", "--compact"]),
    "kingfisher": (
        "kingfisher-bin",
        ["scan", ".", "--no-validate", "--no-update-check", "--quiet", "--git-history", "none"],
    ),
    "zizmor": ("zizmor", ["--offline", "--no-progress", "--quiet", "."]),
}


def installed(package: str) -> tuple[Path | None, str]:
    """The folder of the package's programs, or why there is none."""
    place = PLACE / Path(package).name
    if not (place / "done").exists():
        shutil.rmtree(place, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", place], check=True, capture_output=True)
            pip = [place / "bin" / "pip", "install", "--quiet", package]
            subprocess.run(pip, check=True, capture_output=True, timeout=900)
        except (OSError, subprocess.SubprocessError) as error:
            output = getattr(error, "stderr", None) or b""
            return None, (output.decode(errors="replace").strip().splitlines() or [type(error).__name__])[-1]
        (place / "done").touch()
    return place / "bin", ""


def built_gitleaks() -> tuple[Path | None, str]:
    """The folder with gitleaks, or why there is none."""
    place = PLACE / "gitleaks" / "bin"
    if not (place / "gitleaks").exists():
        environment = os.environ | {"GOBIN": str(place)}
        try:
            subprocess.run(
                ["go", "install", GITLEAKS], check=True, capture_output=True, timeout=900, env=environment
            )
        except (OSError, subprocess.SubprocessError) as error:
            return None, str(error)
    return place, ""


def peers() -> dict[str, list[str]]:
    """The calls of the other programs that can be had."""
    calls: dict[str, list[str]] = {}
    places = {name: (installed(package), arguments) for name, (package, arguments) in OTHERS.items()}
    places["gitleaks"] = built_gitleaks(), ["dir", ".", "--no-banner", "--log-level", "error"]
    for name, ((folder, why), arguments) in places.items():
        if folder is None:
            print(f"{name}: not to be had ({why}), not measured")
        else:
            calls[name] = [str(folder / name), *arguments]
    return calls


def fresh_sealcheck() -> tuple[Path | None, str]:
    """This working tree, installed as a user installs it: not editable, that would cost at each start."""
    shutil.rmtree(PLACE / ROOT.name, ignore_errors=True)
    return installed(str(ROOT))


def laid_out(folder: Path) -> int:
    """The corpus as repositories of one file each; how many of the files differ."""
    ci = sorted((CORPUS / "ci").iterdir())
    vault = sorted([*(CORPUS / "vault_roles").iterdir(), *(CORPUS / "vault_policies").iterdir()])
    every = [(path, ".gitlab-ci.yml") for path in ci] + [(path, path.name) for path in vault]
    for number in range(FILES):
        path, name = every[number % len(every)]
        own = folder / f"{number:04}"
        own.mkdir(parents=True)
        shutil.copyfile(path, own / name)
    return min(FILES, len(every))


def workflows(folder: Path) -> None:
    """As many workflows of GitHub."""
    place = folder / ".github" / "workflows"
    place.mkdir(parents=True)
    for number in range(FILES):
        (place / f"{number:04}.yml").write_text(WORKFLOW.format(number=number))


def run(command: list[str], folder: Path) -> tuple[float, float, float, int]:
    """Wall seconds, processor seconds, peak MiB of the largest process and exit status."""
    before = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - before
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def report(title: str, command: list[str], folder: Path, files: int, times: int) -> None:
    wall, processor, mebibytes, status = min(run(command, folder) for _ in range(times))
    speed = f"{files / wall:7.0f} files/s" if files > 1 else " " * 15
    print(
        f"{title:<34} {wall:8.3f} s {speed}  {processor:7.3f} s processor {mebibytes:5.0f} MiB  exit {status}",
        flush=True,
    )


def main() -> None:
    if not CORPUS.is_dir():
        print(f"no corpus at {CORPUS}: nothing measured")
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    programs: dict[str, list[str]] = {}
    folder, why = fresh_sealcheck()
    if folder is None:
        print(f"sealcheck cannot be installed ({why}); measured from the working tree")
        os.environ["PYTHONPATH"] = str(ROOT)
    sealcheck = [str(folder / "sealcheck")] if folder else [sys.executable, "-m", "bot"]
    programs["sealcheck"] = [*sealcheck, "scan"]
    programs["sealcheck, one process"] = [*sealcheck, "scan", "--workers", "1"]
    programs |= peers()
    zizmor = programs.pop("zizmor", [])
    with tempfile.TemporaryDirectory() as name:
        tree, tiny, github = (Path(name) / each for each in ("tree", "tiny", "github"))
        workflows(github)
        different = laid_out(tree)
        tiny.mkdir()
        (tiny / ".gitlab-ci.yml").write_text("test:\n  script: [make test]\n")
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
        print(f"{FILES} files, {different} of them different; {load}; best of several")
        report("python itself, cold start", [sys.executable, "-c", "pass"], tiny, 1, STARTS)
        for title, command in programs.items():
            report(f"{title}, cold start", command, tiny, 1, STARTS if title.startswith("seal") else 3)
        for title, command in programs.items():
            report(f"{title}, all files", command, tree, FILES, 3 if title.startswith("seal") else 1)
        for form in ("plain", "json") if zizmor else ():
            report(f"zizmor, as many workflows, {form}", [*zizmor, "--format", form], github, FILES, 3)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"load {os.getloadavg()[0]:.1f} at the end; {spent.ru_utime + spent.ru_stime:.0f} s of processor in all"
    )


if __name__ == "__main__":
    main()
