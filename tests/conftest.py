"""Both databases: a test that takes `database_url` runs on SQLite and on PostgreSQL. Hypothesis counts no seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import start_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Hypothesis fails an example over 200 ms, and values that take seconds to draw: on a busy machine that reports the
# machine. What must be fast has a test of its own.
settings.register_profile("busy-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy-machine")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Programs that a test starts keep what they find beside the tests, not in the home of who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEALCHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


postgres_server = pytest.fixture(scope="session", name="postgres_server")(start_postgres)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots", action="store_true", help="write the snapshots of the samples anew"
    )


@pytest.fixture
def update_snapshots(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-snapshots"))


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
