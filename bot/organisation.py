"""The organisation's policy file: a broken one refuses the start; once running, the last good one counts.

Half a policy is worse than none: a mistyped key would leave rules unlocked that the organisation has locked.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.analysis.policy import ReviewPolicy, read_policy
from bot.errors import ForgeBusy, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.jobs.port import Jobs

LAST_GOOD = "policy"
"""The fact that contains the text of the last good file."""
AGAIN_SECONDS = 60.0
log = logging.getLogger(__name__)


def organisation_of(path: Path | None) -> ReviewPolicy:
    """Return the policy of that file, an empty one without a file; raise SettingsError, a line for each problem."""
    return _read(path, _text(path)) if path is not None else ReviewPolicy()


def policy_problem(path: Path | None) -> str | None:
    """Return what is wrong with the file, on one line; None where nothing is."""
    try:
        organisation_of(path)
    except SettingsError as problem:
        return str(problem).replace("\n", "; ")
    return None


def running_organisation(path: Path | None, jobs: Jobs) -> ReviewPolicy:
    """Return the policy for a service that runs: the file's, or the last good one's where that has broken since.

    Raises ForgeBusy where no good one is remembered: nothing is reviewed without the policy.
    """
    if path is None:
        return ReviewPolicy()
    known = jobs.recall(LAST_GOOD)
    try:
        text = _text(path)
        policy = _read(path, text)
    except SettingsError as problem:
        if not known:
            raise ForgeBusy(f"the policy is broken: {problem}", AGAIN_SECONDS) from problem
        log.error("the policy is broken, the last good one counts: %s", policy_problem(path))  # noqa: TRY400 - no defect
        return _read(path, known)
    if text != known:
        jobs.remember(LAST_GOOD, text)
    return policy


def touch_policy(path: Path | None, jobs: Jobs) -> None:
    """Remember the last good one anew: what nobody touches is forgotten with age."""
    if path is not None:
        jobs.remember(LAST_GOOD, jobs.recall(LAST_GOOD))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise SettingsError(f"SEALCHECK_POLICY: {path}:{line}: is not UTF-8; save it as UTF-8") from problem
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        raise SettingsError(
            f"SEALCHECK_POLICY: {path}: cannot be read ({why}); takes the path of a file that the bot may read"
        ) from problem


def _read(path: Path, text: str) -> ReviewPolicy:
    policy = read_policy(path.name, text, organisation=True)
    if policy.problems:
        lines = [
            f"SEALCHECK_POLICY: {path}:{each.line}: {each.reason}; correct that line (docs/policy.md)"
            for each in policy.problems
        ]
        raise SettingsError("\n".join(lines))
    return policy
