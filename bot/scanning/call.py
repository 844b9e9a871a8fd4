"""One call of `sealcheck scan`, from its options to its exit status."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot import __version__
from bot.analysis.policy import Policy, read_policy
from bot.documents.location import Unreadable
from bot.errors import SealcheckError
from bot.findings import Severity
from bot.report.outcome import Outcome, under
from bot.scanning import git
from bot.scanning.files import WorkingFiles
from bot.scanning.run import Scanned, Wish, scan
from bot.scanning.selection import Target, targets

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

STDIN = "-"


class WrongCall(SealcheckError):
    """The options contradict each other or name something that is not there: exit status 2."""


@dataclass(frozen=True, slots=True)
class Call:
    """The options, as the command line names them."""

    paths: tuple[str, ...] = ()
    base: str | None = None
    commit: str | None = None
    form: str = "text"
    fail_on: str = "info"
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    baseline: str | None = None
    write_baseline: bool = False
    policy: str | None = None
    stdin_filename: str | None = None
    output: str | None = None
    quiet: bool = False


def run_call(call: Call, now: dt.datetime, out: TextIO, err: TextIO) -> int:
    """The exit status of the call, its report written.

    Raises:
        SealcheckError: the call is wrong.
    """
    _check(call)
    wish = Wish(now.date(), call.base, call.commit, _organisation(call.policy))
    chosen, missing = _targets(call)
    over: dict[str, str] = {}
    if STDIN in call.paths:
        chosen, over = [_stdin_target(call)], {}
        over = {chosen[0].selected[0]: _stdin_text()} if chosen[0].selected else {}
    failed: list[Unreadable] = list(missing)
    scanned: list[tuple[Target, Scanned]] = []
    for target in chosen:
        try:
            scanned.append((target, scan(target, wish, over)))
        except git.GitFailed as error:
            failed.append(Unreadable(_shown(target.root), 0, str(error)))
    if call.fix or call.diff:
        from bot.scanning.fixing import fix_targets

        scanned, told = fix_targets(
            scanned, wish, over, unsafe=call.unsafe_fixes, write=call.fix and not call.diff
        )
        if call.diff:
            out.write(told)
            return 2 if failed or any(each.outcome.errors for _, each in scanned) else int(bool(told))
        if over:
            out.write(told)
    outcome = _joined(scanned, failed, human=call.form == "text")
    if call.baseline is not None:
        from bot.scanning.baseline import apply_baseline

        outcome = apply_baseline(outcome, Path(call.baseline), now.date(), rewrite=call.write_baseline)
    outcome = replace(outcome, started=_stamp(now), ended=_stamp(now))
    _write(call, _rendered(call, outcome, out), out)
    if outcome.errors:
        return 2
    threshold = None if call.fail_on == "never" else Severity(call.fail_on)
    return 1 if threshold is not None and outcome.reaches(threshold) else 0


def _check(call: Call) -> None:
    if STDIN in call.paths and len(call.paths) > 1:
        raise WrongCall("`-` (standard input) stands alone; name the other files in a call of their own")
    if call.commit and (call.fix or STDIN in call.paths):
        raise WrongCall("--commit reads what is committed: it goes neither with --fix nor with `-`")
    if call.unsafe_fixes and not (call.fix or call.diff):
        raise WrongCall("--unsafe-fixes says which fixes --fix or --diff take; give one of them too")
    if call.write_baseline and call.baseline is None:
        raise WrongCall("--write-baseline needs --baseline FILE")


def _organisation(path: str | None) -> Policy:
    if path is None:
        return Policy()
    try:
        policy = read_policy(path, Path(path).read_text(encoding="utf-8"), organisation=True)
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"--policy {path}: cannot be read ({type(error).__name__})") from error
    if policy.problems:
        first = policy.problems[0]
        raise WrongCall(f"{first.path}:{first.line}: {first.reason}")
    return policy


def _targets(call: Call) -> tuple[list[Target], list[Unreadable]]:
    return ([], []) if STDIN in call.paths else targets(call.paths or (".",))


def _stdin_target(call: Call) -> Target:
    """The repository around `--stdin-filename`, where it names one; else a tree of that one file."""
    name = call.stdin_filename
    if name is not None and Path(name).parent.is_dir():
        folder = Path(name).parent
        root = git.toplevel(folder)
        if root is not None:
            inside = os.path.relpath(folder.resolve() / Path(name).name, os.path.realpath(root))
            files = WorkingFiles(Path(root), git.listed(Path(root)))
            return Target(Path(root), files, in_git=True, selected=[inside.replace(os.sep, "/")])
    return Target(Path.cwd(), WorkingFiles(Path.cwd(), []), in_git=False, selected=[name or ""])


def _stdin_text() -> str:
    import sys

    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise WrongCall("standard input is not UTF-8") from error


def _joined(scanned: list[tuple[Target, Scanned]], failed: list[Unreadable], *, human: bool) -> Outcome:
    """All outcomes as one. Paths start at the repository's root; for people, where they stand."""
    parts = []
    for target, each in scanned:
        prefix = _prefix(target.root) if human or len(scanned) > 1 else ""
        parts.append(under(each.outcome, prefix) if prefix else each.outcome)
    texts: list[Callable[[str], str | None]] = [part.text for part in parts]

    def text(path: str) -> str | None:
        return next((found for read in texts if (found := read(path)) is not None), None)

    return Outcome(
        findings=tuple(
            sorted((each for part in parts for each in part.findings), key=lambda each: each.sort_key)
        ),
        files=tuple(each for part in parts for each in part.files),
        errors=(*failed, *(each for part in parts for each in part.errors)),
        notes=tuple(each for part in parts for each in part.notes),
        text=parts[0].text if len(parts) == 1 else text,
        version=__version__,
    )


def _prefix(root: Path) -> str:
    """What leads from where the user stands to `root`: "" or a path with a slash at its end."""
    shown = _shown(root)
    return "" if shown == "." else shown.rstrip("/") + "/"


def _shown(root: Path) -> str:
    try:
        return os.path.relpath(root).replace(os.sep, "/")
    except ValueError:
        return str(root)


def _stamp(now: dt.datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M:%S")


def _rendered(call: Call, outcome: Outcome, out: TextIO) -> str:
    """The report in the format that is asked for; each format is imported only when it is."""
    # ruff: noqa: PLC0415
    if call.form == "json":
        from bot.report.json import render_json

        return render_json(outcome)
    if call.form == "sarif":
        from bot.report.sarif import render_sarif

        return render_sarif(outcome)
    if call.form == "codequality":
        from bot.report.codequality import render_codequality

        return render_codequality(outcome)
    if call.form == "gitlab-sast":
        from bot.report.gitlab_sast import render_gitlab_sast

        return render_gitlab_sast(outcome)
    if call.form == "junit":
        from bot.report.junit import render_junit

        return render_junit(outcome)
    from bot.report.text import render_text

    colour = call.output is None and out.isatty() and not os.environ.get("NO_COLOR")
    return render_text(outcome, colour=colour, quiet=call.quiet)


def _write(call: Call, report: str, out: TextIO) -> None:
    if call.output is not None:
        from bot.scanning.writing import write_whole

        try:
            write_whole(Path(call.output), report.encode(errors="backslashreplace"))
        except OSError as error:
            raise WrongCall(f"--output {call.output}: {error.strerror or error}") from error
    else:
        # File names need not be UTF-8, and terminals are not always.
        encoding = out.encoding or "utf-8"
        out.write(report.encode(encoding, errors="backslashreplace").decode(encoding))
        out.flush()
