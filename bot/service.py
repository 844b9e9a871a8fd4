"""The processes: `serve` watches a web and a worker process; both die with it, and it starts them again.

serve -+- web (gunicorn: a master and one gthread worker)      only pushes
       +- worker (the queue's loop) - forkserver - one process per running job

`serve` owns the listening socket: while a dead web process is started again, deliveries wait in the socket's
backlog instead of being refused. A pipe that only `serve` holds open (the lifeline) gives the two when it is
gone, so that no orphan keeps the SQLite file or the port.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import SealcheckError, SettingsError
from bot.lazy import dataclass
from bot.observability import logs
from bot.observability.scrubbing import Scrubber
from bot.organisation import organisation_of, running_organisation
from bot.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from bot.jobs.isolation import Isolation
    from bot.jobs.lease import Hold
    from bot.jobs.port import Handler, Jobs

log = logging.getLogger(__name__)

EXIT_SETTINGS = SettingsError.exit_status
EXIT_TAKEN = 3
FINAL_EXITS = frozenset({EXIT_SETTINGS, EXIT_TAKEN})
"""A child that ends so would end so again: the whole service ends with it."""
DEATHS_ALLOWED, DEATHS_WINDOW_SECONDS = 5, 60.0
POLL_SECONDS = 0.1
BACKLOG = 1024
SENDER_PAUSE_SECONDS = 5
TODOS_SECONDS = 60
"""A person who mentions the bot waits for it; where a system hook alone exists, nothing else reports that."""
WORKER_NICENESS = 5
"""A delivery's answer goes before a review: GitLab waits 10 s for the one, nobody waits for the other."""
LIFELINE = "SEALCHECK_LIFELINE"
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METRICS_PREFIX = "sealcheck-metrics-"


@dataclass(slots=True)
class _ServiceChild:
    name: str
    arguments: list[str]
    pass_fds: tuple[int, ...]
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)

    def start(self, lifeline: int) -> None:
        environment = {**os.environ, LIFELINE: str(lifeline)}
        command = [sys.executable, "-m", "bot", self.name, *self.arguments]
        self.process = subprocess.Popen(command, env=environment, pass_fds=(*self.pass_fds, lifeline))  # noqa: S603 - our own program
        log.info("started %s", self.name, extra={"fields": {"pid": self.process.pid}})

    def too_many_deaths(self) -> bool:
        now = time.monotonic()
        self.deaths.append(now)
        while self.deaths and now - self.deaths[0] > DEATHS_WINDOW_SECONDS:
            self.deaths.popleft()
        return len(self.deaths) > DEATHS_ALLOWED


class _Stop:
    """Whether SIGTERM or SIGINT came.

    A plain attribute: an Event's lock may be held when a signal handler runs.
    """

    def __init__(self) -> None:
        self.wanted = False
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._set)

    def _set(self, _number: int, _frame: object) -> None:
        self.wanted = True


def serve(host: str, port: int) -> int:
    """The exit status after running web and worker until SIGTERM (0).

    Or until one of them keeps dying (1).
    """
    settings = load(webhook=True)
    organisation_of(settings.policy_file)
    logs.configure(settings.log_level, Scrubber(settings.secret_values), "serve")
    stop = _Stop()
    with _listening(host, port) as listener, metrics_folder():
        lifeline, kept = os.pipe()
        os.set_inheritable(kept, False)  # noqa: FBT003 - the standard library's signature
        children = [
            _ServiceChild("web", ["--fd", str(listener.fileno())], (listener.fileno(),)),
            _ServiceChild("worker", [], ()),
        ]
        log.info("serving on http://%s:%s", *listener.getsockname()[:2])
        status = 0
        try:
            for child in children:
                child.start(lifeline)
            while not stop.wanted and not status:
                time.sleep(POLL_SECONDS)
                status = next((ended for child in children if (ended := _tend(child, lifeline))), 0)
        finally:
            _end(children, settings.drain_seconds + 10.0)
            os.close(kept)
        return status


def _tend(child: _ServiceChild, lifeline: int) -> int:
    """0, or the status with which the whole service must end. Starts a dead child again."""
    code = child.process.poll() if child.process else None
    if code is None:
        return 0
    log.error("%s died", child.name, extra={"fields": {"status": code}})
    if code in FINAL_EXITS:
        return code
    if child.too_many_deaths():
        log.critical("%s keeps dying; the service ends so that its platform starts it anew", child.name)
        return 1
    time.sleep(POLL_SECONDS * 2 ** (len(child.deaths) - 1))
    child.start(lifeline)
    return 0


def _end(children: list[_ServiceChild], patience_seconds: float) -> None:
    running = [child.process for child in children if child.process and child.process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM)
    until = time.monotonic() + patience_seconds
    for process in running:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as problem:
        # Python adds the address to `strerror`; the numbers of getaddrinfo are negative.
        number = problem.errno or 0
        why = os.strerror(number) if number > 0 else problem.strerror
        raise SealcheckError(f"cannot listen on {host}:{port}: {why}") from problem
    # Linux hands both down to each accepted connection: a sender that pauses for longer is let go of, or a few
    # slow ones would contain every thread (gunicorn's own time-out is for the worker, not for a connection).
    patience = struct.pack("ll", SENDER_PAUSE_SECONDS, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
    with listener:
        yield listener


@contextlib.contextmanager
def metrics_folder() -> Iterator[None]:
    """A folder that all processes write their metrics to, unless the environment names one."""
    if METRICS_FOLDER in os.environ:
        os.makedirs(os.environ[METRICS_FOLDER], exist_ok=True)  # noqa: PTH103 - a path by environment, not ours
        yield
        return
    _remove_leftovers()
    folder = tempfile.mkdtemp(prefix=f"{METRICS_PREFIX}{os.getpid()}-")
    os.environ[METRICS_FOLDER] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers() -> None:
    """The folders of services that were killed; in a container they had this one's process id."""
    for folder in Path(tempfile.gettempdir()).glob(f"{METRICS_PREFIX}*-*"):
        owner = folder.name.removeprefix(METRICS_PREFIX).split("-", 1)[0]
        if owner.isdecimal() and (int(owner) == os.getpid() or not _is_alive(int(owner))):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def hold_lifeline() -> None:
    """Ends this process at once when the `serve` that started it is gone; nothing is lost by that."""
    number = os.environ.pop(LIFELINE, None)
    if number is None:
        return

    def wait() -> None:
        os.read(int(number), 1)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True, name="lifeline").start()


def web(host: str, port: int, listening: int | None = None) -> None:
    """Runs gunicorn with one gthread worker; does not return before it ends.

    `listening`: the file descriptor of a socket that is open already.
    """
    settings = load(webhook=True)
    organisation_of(settings.policy_file)
    hold_lifeline()
    if listening is None:
        with _listening(host, port) as listener:
            listening = (
                listener.detach()
            )  # gunicorn's from here on: it closes the descriptor that it is given
    _gunicorn(settings, f"fd://{listening}")


def _gunicorn(settings: Settings, bind: str) -> None:
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - only this process needs gunicorn
    from gunicorn.glogging import Logger  # noqa: PLC0415

    class JsonLogger(Logger):  # type: ignore[misc]
        """Hands gunicorn's lines to the root logger: JSON like all others."""

        def setup(self, cfg: object) -> None:  # noqa: ARG002 - the name is gunicorn's
            self.error_log.handlers[:] = []
            self.error_log.propagate = True

        def access(self, *_arguments: object) -> None:
            """Nothing: the metrics count requests, and a URL is nobody's business."""

    class Web(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _gunicorn_settings(settings, bind).items():
                self.cfg.set(name, value)
            self.cfg.set("logger_class", JsonLogger)

        def load(self) -> Flask:
            from app import create_app  # noqa: PLC0415 - after the metrics folder is known

            flask = create_app(settings)
            gc.freeze()  # what both processes of gunicorn have loaded stays in pages that they share
            return flask

    with metrics_folder():
        Web().run()


def _gunicorn_settings(settings: Settings, bind: str) -> dict[str, Any]:
    return {
        "bind": bind,
        "workers": 1,  # one process keeps one write lock before SQLite; replicas scale by `sealcheck web`
        "worker_class": "gthread",
        "threads": settings.web_threads,
        "preload_app": True,
        "backlog": BACKLOG,
        "timeout": 30,
        "graceful_timeout": max(1, settings.drain_seconds),
        "keepalive": 5,
        "limit_request_line": 4094,
        "limit_request_fields": 60,
        "limit_request_field_size": 8190,
        "control_socket_disable": True,
    }


def worker() -> int:
    """The exit status after running jobs until SIGTERM.

    Running ones may finish, then they are handed back.
    """
    settings = load()
    organisation_of(settings.policy_file)
    hold_lifeline()
    os.nice(WORKER_NICENESS)
    with metrics_folder():
        return _work(settings)


def open_handler(hold: Hold) -> Handler:
    """What runs one job, in the job's own process."""
    from bot import work  # noqa: PLC0415 - loaded where jobs are forked from, and nowhere else

    return work.open_handler(hold)


def _isolation(settings: Settings, jobs: Jobs) -> Isolation:
    """Return what runs each review in a process of its own; the worker itself loads nothing of a review."""
    from bot.jobs import isolation  # noqa: PLC0415 - after the metrics folder is known

    return isolation.Isolation(
        open_handler,  # by its name
        timeout_seconds=settings.review_timeout_seconds,
        memory_bytes=settings.review_memory_bytes,
        slots=settings.concurrent_reviews,
        preload=(
            "bot.service",
            "bot.work",
            "bot.analysis.everything",
            "bot.review.rehearsal",
            type(jobs).__module__,
            "multiprocessing.sharedctypes",
        ),
    )


def _work(settings: Settings) -> int:
    """Run jobs until a signal comes; return the exit status."""
    from app import observe, open_jobs  # noqa: PLC0415 - after the metrics folder is known
    from bot.jobs.budget import within_budget  # noqa: PLC0415
    from bot.jobs.job_log import logged  # noqa: PLC0415
    from bot.jobs.port import SWEEP, TODOS, QueueNewer, QueueTaken, QueueUnavailable  # noqa: PLC0415
    from bot.observability import metrics  # noqa: PLC0415

    observe(settings, "worker")
    if settings.worker_metrics_port:
        metrics.serve_alone(settings.worker_metrics_port)
    signals, stop, failures = _Stop(), threading.Event(), []
    jobs = open_jobs(settings)
    isolation = _isolation(settings, jobs)
    with contextlib.suppress(QueueUnavailable):  # the first job remembers it
        running_organisation(settings.policy_file, jobs)
    jobs.every(SWEEP, settings.sweep_interval_seconds)
    jobs.every(TODOS, min(TODOS_SECONDS, settings.sweep_interval_seconds))
    log.info("waiting for jobs", extra={"fields": {"slots": settings.concurrent_reviews}})

    def work() -> None:
        try:
            jobs.work(
                logged(within_budget(isolation.execute, jobs)),
                slots=settings.concurrent_reviews,
                stop=stop,
                lease=isolation.lease,
            )
        except Exception as problem:  # noqa: BLE001 - reported by the main thread, which ends the process
            failures.append(problem)

    thread = threading.Thread(target=work, name="work")
    thread.start()
    while thread.is_alive() and not signals.wanted:
        thread.join(POLL_SECONDS)
    stop.set()
    thread.join(settings.drain_seconds)
    isolation.hand_back()
    thread.join()
    jobs.close()
    for problem in failures:
        final = isinstance(problem, QueueTaken | QueueNewer)
        log.critical("%s", problem, exc_info=None if final else problem)
        return EXIT_TAKEN if final else 1
    return 0
