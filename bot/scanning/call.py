"""One call of `sealcheck scan`, from its options to its exit status."""

from __future__ import annotations

import datetime as dt
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot import __version__
from bot.documents.kinds import OURS, FileKind
from bot.documents.location import Unreadable
from bot.errors import WrongCall
from bot.findings import Severity
from bot.lazy import dataclass
from bot.report.outcome import ScanOutcome, joined, under
from bot.report.text import NARROWEST, Look
from bot.scanning import git
from bot.scanning.progress import Progress
from bot.scanning.rendering import FOR_PEOPLE, rendered, stamp, write_report
from bot.scanning.selection import stdin_target, targets
from bot.scanning.wish import Wish, workers_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.analysis.policy import ReviewPolicy
    from bot.scanning.selection import Target

STDIN = "-"
_NOT_RECOGNISED = "standard input is no pipeline, role, policy or script; --stdin-filename says what it is"
_WITH_FIXES = frozenset({"json", "sarif"})
"""Formats that hold fixes: there each is proven before it is written."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """The options, as the command line names them; `stdin` is what `-` reads."""

    paths: tuple[str, ...] = ()
    base: str | None = None
    commit: str | None = None
    form: str = "text"
    fail_on: str = "medium"
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    baseline: str | None = None
    write_baseline: bool = False
    policy: str | None = None
    stdin_filename: str | None = None
    output: str | None = None
    quiet: bool = False
    workers: int | None = 1
    """how many processes may work on it; None: two where there are two processors"""
    cache: bool = False
    """whether to use what earlier scans found, and to keep what this one finds"""


@dataclass(slots=True)
class _Scans:
    """What came of all targets: an outcome for each that could be scanned, and what is reported beside them."""

    outcomes: list[tuple[Target, ScanOutcome]]
    failed: list[Unreadable]
    diff: str = ""
    stdin: str = ""


def run_call(call: ScanOptions, stdin: bytes | None, out: TextIO, err: TextIO) -> int:
    """The exit status of the call, its report written.

    Raises:
        SealcheckError: the call is wrong.
    """
    _check(call)
    started = dt.datetime.now(dt.UTC)
    scans = _scan_all(call, stdin, started.date(), err)
    if call.diff:
        out.write(scans.diff)
    elif call.fix and stdin is not None:
        out.write(scans.stdin)
    outcome = _joined(call, scans, started)
    if not call.diff and not (call.fix and stdin is not None and call.output is None):
        try:
            look = Look(colour=_colour(call, out), quiet=call.quiet, width=_width(call, out))
            write_report(call.output, rendered(call.form, outcome, look), out)
        except OSError as error:
            raise WrongCall(f"--output {call.output}: {error.strerror or error}") from error
    if outcome.errors:
        if call.diff:
            err.write("".join(f"{each.path}: {each.reason}\n" for each in outcome.errors))
        return 2
    if call.diff:
        return int(bool(scans.diff))
    return int(call.fail_on != "never" and outcome.reaches(Severity(call.fail_on)))


def _check(call: ScanOptions) -> None:
    if call.stdin_filename is not None and STDIN not in call.paths:
        raise WrongCall("--stdin-filename names what `-` reads from standard input; add `-` to the call")
    if STDIN in call.paths and len(call.paths) > 1:
        raise WrongCall("`-` (standard input) comes alone; name the other files in a call of their own")
    if call.commit and (call.fix or call.diff or STDIN in call.paths):
        raise WrongCall("--commit reads what is committed: it goes with neither --fix, --diff nor `-`")
    if call.fix and call.diff:
        raise WrongCall("--fix changes files, --diff only shows what it would change; give one of them")
    if call.unsafe_fixes and not (call.fix or call.diff):
        raise WrongCall("--unsafe-fixes says which fixes --fix or --diff take; give one of them too")
    if call.write_baseline and call.baseline is None:
        raise WrongCall("--write-baseline needs --baseline FILE")


def _scan_all(call: ScanOptions, stdin: bytes | None, today: dt.date, err: TextIO) -> _Scans:
    workers = workers_here() if call.workers is None else call.workers
    wish = Wish(today, call.base, call.commit, _organisation(call.policy), workers)
    over: dict[str, str] = {}
    scans = _Scans([], [])
    if stdin is not None:
        try:
            target, name = stdin_target(call.stdin_filename, text := stdin.decode())
        except UnicodeDecodeError as error:
            raise WrongCall("standard input is not UTF-8") from error
        chosen, over = [target], {name: text}
        scans.stdin = text
    else:
        chosen, scans.failed = targets(call.paths or (".",))
    progress = Progress(err, shown=err.isatty() and not call.quiet)
    for target in chosen:
        try:
            if call.fix or call.diff:
                _fix(call, target, wish, over, scans)
            else:
                outcome = _found(call, target, wish, over, progress.draw, err)
                if (
                    over
                    and not outcome.errors
                    and not any(FileKind(file.kind) in OURS for file in outcome.files)
                ):
                    scans.failed.append(Unreadable(next(iter(over)), 0, _NOT_RECOGNISED))
                scans.outcomes.append((target, outcome))
        except git.GitFailed as error:
            scans.failed.append(Unreadable(_shown(target), 0, str(error)))
        finally:
            progress.clear()
    return scans


def _found(
    call: ScanOptions,
    target: Target,
    wish: Wish,
    over: dict[str, str],
    step: Callable[[int, int], None],
    err: TextIO,
) -> ScanOutcome:
    """What is said of `target`, from memory where an earlier scan has said it and nothing has changed."""
    from bot.scanning.cache import FOLDER_VARIABLE, CacheEntry, cache_folder  # noqa: PLC0415 - only where a scan is

    folder = cache_folder() if call.cache and not (over or wish.base or wish.commit) else None
    if folder is None:
        return _judged(call, target, wish, over, step)
    entry = CacheEntry(folder, target, wish, proven=call.form in _WITH_FIXES)
    outcome = entry.find()
    if outcome is None:
        outcome = _judged(call, target, wish, over, step)
        try:
            entry.keep(outcome)
        except OSError as error:
            if os.environ.get(FOLDER_VARIABLE) and not call.quiet:
                why = error.strerror or type(error).__name__
                err.write(
                    f"sealcheck: {FOLDER_VARIABLE}: {folder} cannot be written ({why}); nothing is kept\n"
                )
    return outcome


def _judged(
    call: ScanOptions, target: Target, wish: Wish, over: dict[str, str], step: Callable[[int, int], None]
) -> ScanOutcome:
    from bot.scanning.run import scan  # noqa: PLC0415 - an unchanged repository is not read again

    scanned = scan(target, wish, over, step)
    outcome = scanned.outcome
    if call.form in _WITH_FIXES:
        from bot.analysis.verify import Prover  # noqa: PLC0415 - other formats hold no fix

        prover = Prover(scanned.repository)
        outcome = replace(outcome, findings=prover.all_proven(outcome.findings))
    if scanned.repository.base is not None:
        from bot.analysis.causes import Causes  # noqa: PLC0415 - only where a change is judged

        causes = Causes(scanned.repository)
        outcome = replace(outcome, findings=tuple(map(causes.at_cause, outcome.findings)))
    return outcome


def _fix(call: ScanOptions, target: Target, wish: Wish, over: dict[str, str], scans: _Scans) -> None:
    from bot.scanning.fixing import diff_of, fix_target, write_fixes  # noqa: PLC0415 - most scans fix nothing

    fixed = fix_target(target, wish, over, unsafe=call.unsafe_fixes)
    scans.diff += diff_of(fixed, _prefix(target))
    outcome = replace(fixed.scanned.outcome, fixed=tuple(fixed.findings) if call.fix else ())
    if over:
        scans.stdin = next(iter(fixed.texts.values()), scans.stdin)
    elif call.fix:
        prefix = _prefix(target)
        scans.failed += [replace(each, path=prefix + each.path) for each in write_fixes(target, fixed)]
    scans.outcomes.append((target, outcome))


def _joined(call: ScanOptions, scans: _Scans, started: dt.datetime) -> ScanOutcome:
    """All outcomes as one. Paths start at the repository's root; for people, where they are."""
    outcomes = [outcome for _, outcome in scans.outcomes]
    if call.baseline is not None:
        from bot.scanning.baseline import apply_baseline  # noqa: PLC0415 - most scans have none

        whole = not (call.base or call.commit) and all(
            target.selected is None for target, _ in scans.outcomes
        )
        outcomes = apply_baseline(
            outcomes, Path(call.baseline), started.date(), rewrite=call.write_baseline, whole=whole
        )
    is_moved = call.form in FOR_PEOPLE or len(outcomes) > 1
    parts = [
        under(outcome, _prefix(target)) if is_moved else outcome
        for (target, _), outcome in zip(scans.outcomes, outcomes, strict=True)
    ]
    return replace(
        joined(parts, tuple(scans.failed)),
        version=__version__,
        base=call.base or "",
        started=stamp(started),
        ended=stamp(dt.datetime.now(dt.UTC)),
    )


def _organisation(path: str | None) -> ReviewPolicy | None:
    if path is None:
        return None
    from bot.analysis.policy import read_policy  # noqa: PLC0415 - most scans have none

    try:
        policy = read_policy(path, Path(path).read_text(encoding="utf-8"), organisation=True)
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"--policy {path}: cannot be read ({type(error).__name__})") from error
    if policy.problems:
        first = policy.problems[0]
        raise WrongCall(f"{first.path}:{first.line}: {first.reason}")
    return policy


def _prefix(target: Target) -> str:
    """Return what goes before the paths of `target`: "" or a path with a slash at its end."""
    shown = _shown(target)
    return "" if shown == "." else shown.rstrip("/") + "/"


def _shown(target: Target) -> str:
    """Return the target's root as the call names it: absolute, or from the working folder."""
    if not target.is_absolute:
        with suppress(ValueError):  # another drive
            return os.path.relpath(target.root).replace(os.sep, "/")
    return str(target.root)


def _width(call: ScanOptions, out: TextIO) -> int | None:
    """Return the terminal's width, None where the report goes elsewhere: there each sentence is one line."""
    if call.output is not None or not out.isatty():
        return None
    import shutil  # noqa: PLC0415 - only at a terminal

    return max(NARROWEST, shutil.get_terminal_size().columns)


def _colour(call: ScanOptions, out: TextIO) -> bool:
    return call.output is None and out.isatty() and not os.environ.get("NO_COLOR")
