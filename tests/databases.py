"""A PostgreSQL of the tests' own, where the machine has one installed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        """A fast shutdown: does not wait for sessions to end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    def remove(self) -> None:
        self.stop()
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
    server.remove()
