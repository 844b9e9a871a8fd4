"""How the time of a scan grows: files, script lines, includes, roles; and what is not done twice.

Processor seconds of this process, on inputs that are made here, each a repository of its own. `x` is the growth
against the line above, divided by how much more there is to do: 1.00 is linear.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot.analysis.engine import run_rules
from bot.editor.checks import check
from bot.repository import Repository
from bot.scanning.call import ScanOptions, run_call
from bot.snapshot import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JOB = """\
deploy:
  rules: [{if: $CI_COMMIT_BRANCH == "main"}]
  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}
  secrets:
    DB_PASSWORD: {vault: app/db/password@secret, token: $VAULT_ID_TOKEN, file: false}
  script:
    - if [ -n "$CI" ]; then ./migrate --password "$DB_PASSWORD" > log.txt; fi
    - echo "$DB_PASSWORD" | docker login -u app --password-stdin registry.example.com
"""
ROLE = """\
{{"role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
 "bound_claims": {{"project_id": "{}", "ref": "main"}}, "token_max_ttl": "10m"}}
"""


def files(count: int) -> dict[str, str]:
    return {f"{number}/.gitlab-ci.yml": JOB.replace("app", f"app{number}") for number in range(count)}


def script(count: int) -> dict[str, str]:
    lines = "".join(
        f'    - test -e f{number} || echo "$DB_PASSWORD" > f{number}\n' for number in range(count)
    )
    return {".gitlab-ci.yml": JOB + lines}


def includes(count: int) -> dict[str, str]:
    parts = {
        f"ci/{number}.yml": f"job-{number}:\n  extends: deploy\n  variables: {{N: {number}}}\n"
        for number in range(count)
    }
    return {".gitlab-ci.yml": JOB + "include:\n" + "".join(f"  - {path}\n" for path in parts), **parts}


def roles(count: int) -> dict[str, str]:
    return {f"vault/r{number}.json": ROLE.format(number + 1) for number in range(count)}


def judge(made: Mapping[str, str]) -> None:
    run_rules(Repository(Tree(made, listing=frozenset(made))))


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process and of what it starts."""
    before = spent()
    work()
    return spent() - before


def spent() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def grown(title: str, make: Callable[[int], dict[str, str]], counts: tuple[int, ...]) -> None:
    last: tuple[int, float] | None = None
    for count in counts:
        made = make(count)
        took = min(seconds(lambda made=made: judge(made)) for _ in range(2))
        factor = "" if last is None else f"x {took / last[1] / (count / last[0]):.2f}"
        print(f"{count:>7} {title:<22} {took:8.2f} s  {factor}", flush=True)
        last = count, took


def call(form: str, *paths: str, cache: bool = False) -> None:
    run_call(ScanOptions(paths=paths, form=form, cache=cache), None, io.StringIO(), io.StringIO())


def laid_out(folder: Path, made: Mapping[str, str]) -> None:
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)


def repeated(folder: Path) -> None:
    """What is done again: a second scan, one file of many, a keystroke in the editor, fixes of many roles."""
    many, lone, keys = folder / "many", folder / "lone", folder / "roles"
    laid_out(many, files(1000))
    laid_out(lone, files(1))
    laid_out(keys, roles(400))
    os.environ["SEALCHECK_CACHE_DIR"] = str(folder / "cache")
    os.chdir(many)
    first = seconds(lambda: call("concise", cache=True))
    second = seconds(lambda: call("concise", cache=True))
    print(f"1,000 pipelines {first:.2f} s, again {second:.2f} s ({second / first:.2f})")
    one = seconds(lambda: call("concise", "7/.gitlab-ci.yml"))
    os.chdir(lone)
    alone = seconds(lambda: call("concise", "0/.gitlab-ci.yml"))
    print(f"one file of them {one:.3f} s, the same alone {alone:.3f} s")
    open_file = many / "7" / ".gitlab-ci.yml"
    typed = [
        seconds(lambda n=n: check(many, {open_file: f"{JOB}# {n}\n"}, dt.date(2026, 11, 1))) for n in range(4)
    ]
    print(f"the editor, after a pause in typing: {typed[0]:.3f} s, later {min(typed[1:]):.3f} s")
    os.chdir(keys)
    text, proven = (seconds(lambda form=form: call(form)) for form in ("text", "json"))
    print(f"400 roles with a fix each: text {text:.2f} s, json with proven fixes {proven:.2f} s")


def main() -> None:
    began = time.monotonic()
    judge(files(20))
    grown("pipelines", files, (500, 1000, 2000, 4000))
    grown("script lines of a job", script, (100, 1000, 10_000))
    grown("includes", includes, (10, 100, 1000))
    grown("roles", roles, (100, 200, 400))
    with tempfile.TemporaryDirectory() as folder:
        repeated(Path(folder))
        os.chdir("/")
    print(
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {time.monotonic() - began:.0f} s in all"
    )


if __name__ == "__main__":
    main()
