"""The rules in several processes, where that pays: forked when the repository is read, so nothing is read twice."""

from __future__ import annotations

import gc
import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.analysis.engine import Judge, Part, PartialJudgement, judge, settled
from bot.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.analysis.engine import SideResult
    from bot.repository import Repository
    from bot.scanning.files import Texts

WORTH_CHARACTERS: Final = 60_000
"""Script text below which a second process brings less than it costs: 25 ms, in which one judges 20,000 characters
(measured 2026-11, Python 3.11)."""


class _ScanChild(NamedTuple):
    pid: int
    answer: int
    """what its answer is read from"""
    part: Part


def run_rules_with(
    workers: int,
    repository: Repository,
    texts: Texts,
    renamed_from: Mapping[str, str] | None = None,
    step: Callable[[int, int], None] = lambda _done, _of: None,
) -> SideResult:
    """As `run_rules`, in up to `workers` processes. `texts`: the files that the repository reads from.

    `step` is reported how much of this process's part is done, and of how much.
    """
    if not _can_fork() or _characters(repository) < WORTH_CHARACTERS:
        workers = 1
    if workers > 1:
        _ = repository.vault  # everything is read here, once
        gc.freeze()
    children = [_start(repository, texts, Part(number, workers)) for number in range(1, workers)]
    try:
        parts = [judge(repository, ALL_RULES, Part(0, workers), step)]
        while children:
            child = children.pop(0)
            answer = _answer(child, texts)
            if answer is not None:
                Judge(repository).keep(answer)
            parts.append(answer or judge(repository, ALL_RULES, child.part))
    finally:
        for child in children:
            _stop(child)
    return settled(repository, parts, renamed_from)


def _can_fork() -> bool:
    """A fork keeps one thread only; what another one holds locked stays so."""
    return hasattr(os, "fork") and threading.active_count() == 1


def _characters(repository: Repository) -> int:
    return sum(len(line.text) for job in repository.jobs for line in job.scripts)


def _start(repository: Repository, texts: Texts, part: Part) -> _ScanChild:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return _ScanChild(pid, reading, part)
    status = 1
    try:
        import pickle  # noqa: PLC0415 - most scans have too little to do for two

        os.close(reading)
        said = judge(repository, ALL_RULES, part)
        if not said.failures:  # an exception does not always survive the way: the parent meets it by itself
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump((said, texts.unread, texts.passed_over, texts.looked_up), pipe)
            status = 0
    finally:
        os._exit(status)


def _answer(child: _ScanChild, texts: Texts) -> PartialJudgement | None:
    """What the child said; None where it did not come to an end. What it could not read is reported in `texts` too."""
    import pickle  # noqa: PLC0415 - as above

    with os.fdopen(child.answer, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child.pid, 0)
    if status != 0:
        return None
    said: PartialJudgement
    said, unread, passed_over, looked_up = pickle.loads(answer)  # noqa: S301 - from our own fork
    for path in looked_up:
        texts.get(path)  # the outcome rests on it
    texts.unread.update(unread)
    texts.passed_over.update(passed_over)
    return said


def _stop(child: _ScanChild) -> None:
    """End a child that nobody waits for any more."""
    with suppress(OSError):
        os.close(child.answer)
    with suppress(OSError):
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
