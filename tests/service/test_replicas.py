"""Two whole services on one PostgreSQL: started at once, one of them killed, the database restarted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.jobs.conftest import start_postgres
from tests.service.conftest import Service, opened, until

if TYPE_CHECKING:
    from pathlib import Path

postgres_server = pytest.fixture(scope="module", name="postgres_server")(start_postgres)


def test_two_services_share_one_queue_and_one_may_die(postgres_server: str, tmp_path: Path) -> None:
    services = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        services.append(Service(tmp_path / name, {"DATABASE_URL": postgres_server}))
    starts = [threading.Thread(target=each.start) for each in services]  # at once: both bring the schema
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    first, second = services
    try:
        assert first.deliver(opened(3, 1), key="d")[0] == 202
        assert second.deliver(opened(3, 1), key="d") == (202, '{"result":"seen before"}\n')
        assert second.get("/readyz")[0] == 200
        first.kill()
        for iid in range(2, 12):
            assert second.deliver(opened(3, iid))[0] == 202
        until(lambda: all(f"review/3/{iid}/0" in second.log() for iid in range(2, 12)), 40)

        with psycopg.connect(
            postgres_server, autocommit=True
        ) as database:  # as a restart does to every session
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
        assert second.deliver(opened(3, 99))[0] == 202
        until(lambda: "review/3/99/0" in second.log(), 40)
        assert second.stop() == 0
    finally:
        for each in services:
            if each.process is not None and each.process.poll() is None:
                each.kill()
