"""Both queues, by one name: every contract test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from bot.jobs.port import Done, Jobs, Key, Outcome, Pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = Pauses(first_seconds=0.2, longest_seconds=2.0, refused_seconds=0.4, max_attempts=3)


def _binary(name: str) -> str | None:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(newest[0]) if newest else shutil.which(name)


@dataclass
class Postgres:
    """A PostgreSQL of its own, on a Unix socket in a temporary folder, as an unprivileged user."""

    folder: Path
    server: str
    as_user: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://sealcheck@/postgres?host={self.folder}"

    def run(self, *command: str | Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
            start_new_session=True,
            **self.as_user,
        )

    def start(self) -> None:
        import psycopg

        options = ["-c", "listen_addresses=", "-c", "max_connections=60"]
        self.process = self.run(self.server, "-D", self.folder / "data", "-k", self.folder, *options)
        until = time.monotonic() + 20
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """kill -9, of every process of the server."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)  # a fast shutdown: does not wait for sessions to end
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_postgres() -> Postgres:
    """One that is started; skips where PostgreSQL is not installed."""
    initdb, server = _binary("initdb"), _binary("postgres")
    if initdb is None or server is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="sealcheck-pg-", dir="/tmp"))
    as_user: dict[str, Any] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        who = next(
            (each for name in ("postgres", "nobody") for each in pwd.getpwall() if each.pw_name == name), None
        )
        if who is None:
            pytest.skip("PostgreSQL does not run as root, and there is no other user here")
        os.chown(folder, who.pw_uid, who.pw_gid)
        as_user = {"user": who.pw_uid, "group": who.pw_gid}
    found = Postgres(folder, server, as_user)
    made = found.run(initdb, "-D", folder / "data", "-U", "sealcheck", "-A", "trust", "-E", "UTF8")
    assert made.wait(60) == 0
    found.start()
    return found


def start_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL that lives as long as the fixture."""
    server = new_postgres()
    yield server.url
    server.stop()


postgres_server = pytest.fixture(scope="session", name="postgres_server")(start_postgres)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A database of its own."""
    import psycopg

    name = f"t{time.monotonic_ns()}"
    with psycopg.connect(postgres_server, autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name}")
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/queue.sqlite3"
    return str(request.getfixturevalue("postgres_url"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


def open_queue(url: str, pauses: Pauses = QUICK, **more: float) -> Jobs:
    if url.startswith("sqlite:///"):
        from bot.jobs.sqlite import SqliteJobs

        return SqliteJobs(Path(url.removeprefix("sqlite:///")), pauses=pauses, **more)
    from bot.jobs.postgres import PostgresJobs

    return PostgresJobs(url, pauses=pauses, **more)


@dataclass
class Runner:
    """Works a queue in threads and remembers what ran, when and how often at once."""

    jobs: Jobs
    slots: int = 2
    answer: Callable[[Key], Outcome] = lambda _key: Done()
    began: list[tuple[float, Key]] = field(default_factory=list)
    ended: list[tuple[float, Key]] = field(default_factory=list)
    overlaps: list[Key] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _lanes: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def execute(self, key: Key) -> Outcome:
        with self._lock:
            if key.lane in self._lanes:
                self.overlaps.append(key)
            self._lanes.add(key.lane)
            self.began.append((time.monotonic(), key))
        try:
            return self.answer(key)
        finally:
            with self._lock:
                self._lanes.discard(key.lane)
                self.ended.append((time.monotonic(), key))

    def runs(self, key: Key) -> int:
        return sum(1 for _, each in self.began if each == key)

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(self.jobs.work, self.execute, slots=self.slots, stop=self.stop)
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stop.set()
        self._pool.shutdown()
        self._future.result()
        assert not self.overlaps


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not come to that in time"
        time.sleep(0.01)


@pytest.fixture
def jobs(database_url: str) -> Iterator[Jobs]:
    queue = open_queue(database_url)
    yield queue
    queue.close()
