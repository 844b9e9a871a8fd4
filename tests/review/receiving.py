"""The receiver and the queue in this process: what GitLab's deliveries lead to, one after the other."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import make_server

from bot.jobs.inbox import QueueInbox
from bot.jobs.port import BOT_ID, Done, Key, Outcome
from bot.jobs.sqlite import SqliteJobs
from bot.webhook.routes import Receiver, blueprint
from bot.work import run_job
from tests.review.reviewing import Bot, forge_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "a-hook-secret"


class Service:
    """What `sealcheck serve` is, without its processes. `url` takes deliveries; `ran` are the jobs so far."""

    def __init__(self, bot: Bot, jobs: SqliteJobs, url: str) -> None:
        self.bot, self.jobs, self.url = bot, jobs, url
        self.ran: list[Key] = []

    def work_off(self) -> None:
        """Waits for GitLab's deliveries and runs every job that they led to, theirs too."""
        while True:
            self.bot.double.settle()
            if not self.jobs.depth().waiting:
                return
            self._work()

    def _work(self) -> None:
        stop = threading.Event()

        def execute(key: Key) -> Outcome:
            run_job(forge_of(self.bot.double), self.jobs, self.bot.terms, key)
            self.ran.append(key)
            if self.jobs.depth().waiting <= 1:  # this one
                stop.set()
            return Done()

        self.jobs.work(execute, slots=1, stop=stop)


@contextmanager
def serving(bot: Bot, folder: Path) -> Iterator[Service]:
    """A service at a port of its own."""
    jobs = SqliteJobs(folder / "queue.sqlite3")
    jobs.remember(BOT_ID, str(bot.double.bot.id))
    flask = Flask("sealcheck")
    flask.register_blueprint(blueprint(Receiver(QueueInbox(jobs), (SECRET,), ())))
    server = make_server("127.0.0.1", 0, flask)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Service(bot, jobs, f"http://127.0.0.1:{server.server_port}/hooks/gitlab")
    finally:
        server.shutdown()
        thread.join()
        jobs.close()
