"""Each job in a process of its own, so that a poisonous one harms no other.

A merge request can make a parser loop in C, crash the interpreter or eat all memory; no thread can be stopped
from that. So a job runs in a fork of a small, clean server process (multiprocessing's forkserver, modules
preloaded, no threads): its time limit is enforced by the worker from outside (and by the kernel's alarm,
should the worker be gone), its memory by the kernel, and whatever it leaves behind goes with it. Measured:
docs/decisions/time-limit.md.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
from dataclasses import field
from typing import TYPE_CHECKING

from bot.errors import (
    ForgeBusy,
    ForgeLimited,
    ForgeMissing,
    ForgeRefused,
    HeadMoved,
    LeaseLost,
    SealcheckError,
    described,
)
from bot.jobs.lease import Hold, Lease
from bot.jobs.port import SLOT, Done, Failed, HandedBack, Handler, Key, Later, Outcome, Refused
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

log = logging.getLogger(__name__)
ALARM_GRACE_SECONDS = 5
MemoryFailed = Failed("the job needed more memory than it may have")


@dataclass(slots=True)
class Isolation:
    """Runs jobs in processes of their own.

    `open_handler` is called in the child, with its part of the lease, and must be importable by name.
    """

    open_handler: Callable[[Hold], Handler]
    timeout_seconds: float
    memory_bytes: int
    slots: int
    preload: tuple[str, ...] = ()
    lease: Lease = field(default_factory=Lease)
    _free: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: dict[int, multiprocessing.process.BaseProcess] = field(default_factory=dict)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._free[:] = range(self.slots)

    def execute(self, key: Key) -> Outcome:
        """What came of the job. Called from several threads; never raises for what the job does."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*self.preload])
        with self._lock:
            if self._stopping:
                return HandedBack()
            slot = self._free.pop()
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(
            target=_child,
            args=(self.open_handler, key, slot, self._limits(), self.lease.hold(key), theirs),
            daemon=True,
        )
        try:
            child.start()
            theirs.close()
            with self._lock:
                self._running[slot] = child
            return self._outcome(child, ours)
        finally:
            if child.is_alive():
                child.kill()
            child.join()
            ours.close()
            with self._lock:
                self._running.pop(slot, None)
                self._free.append(slot)

    def _outcome(self, child: multiprocessing.process.BaseProcess, ours: Connection) -> Outcome:
        until = time.monotonic() + self.timeout_seconds
        try:
            if ours.poll(max(0.0, until - time.monotonic())):
                outcome: Outcome = ours.recv()
                return outcome
        except EOFError:
            child.join(ALARM_GRACE_SECONDS)
            if self._stopping:
                return HandedBack()
            return _lost(f"the job's process died ({_ending(child.exitcode)})")
        return _lost(f"the job took longer than {self.timeout_seconds:g} s and was stopped")

    def _limits(self) -> tuple[int, int]:
        return int(self.timeout_seconds) + ALARM_GRACE_SECONDS, self.memory_bytes

    def hand_back(self) -> None:
        """Stops the running jobs now: they come back as HandedBack, and new ones are not begun."""
        with self._lock:
            self._stopping = True
            for child in self._running.values():
                child.kill()


def _lost(reason: str) -> Failed:
    """A failure that the job's own process could not log any more."""
    log.error("the job was lost: %s", reason)
    return Failed(reason)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit status {code}"


def _child(
    open_handler: Callable[[Hold], Handler],
    key: Key,
    slot: int,
    limits: tuple[int, int],
    hold: Hold,
    answer: Connection,
) -> None:
    """The child's whole life: limits, one job, one answer."""
    alarm_seconds, memory_bytes = limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(alarm_seconds)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ[SLOT] = f"job-{os.getppid()}-{slot}"
    threading.Thread(target=_die_with_parent, daemon=True).start()
    answer.send(run(open_handler, key, hold))
    answer.close()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def run(open_handler: Callable[[Hold], Handler], key: Key, hold: Hold) -> Outcome:  # noqa: PLR0911 - one for each ending
    """What came of the job, run right here.

    Every exception becomes an outcome: this is the job's own boundary.
    """
    try:
        open_handler(hold)(key)
    except (HeadMoved, ForgeMissing):  # a newer job does it; there is nothing to do
        return Done()
    except ForgeBusy as busy:
        return Later(busy.retry_after_seconds, isinstance(busy, ForgeLimited), str(busy))
    except LeaseLost:
        return HandedBack()
    except ForgeRefused as refused:
        return Refused(str(refused))
    except MemoryError:
        return MemoryFailed
    except Exception as problem:
        if not isinstance(problem, SealcheckError):  # a defect of ours, and not a state of GitLab's
            log.exception("the job failed")
        return Failed(described(problem))
    return Done()
