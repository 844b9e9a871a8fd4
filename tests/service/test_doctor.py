"""Each cause of silence has its line."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.doctor import diagnose
from bot.errors import ForgeRefused
from bot.jobs.port import REFUSAL, REVIEW, Key
from bot.jobs.sqlite import SqliteJobs
from bot.settings import load

if TYPE_CHECKING:
    from pathlib import Path


class Client:
    """What the doctor asks of GitLab."""

    def __init__(
        self,
        *,
        scopes: tuple[str, ...] = ("api",),
        days: int | None = 300,
        skew: float = 0,
        refused: bool = False,
    ) -> None:
        self.scopes, self.days, self.skew, self.refused = scopes, days, skew, refused

    def read(self, path: str) -> Any:
        if self.refused:
            raise ForgeRefused("401: GitLab refuses GITLAB_TOKEN")
        if path == "/user":
            return {"id": 1, "username": "sealcheck"}
        until: date | None = (
            datetime.now(UTC).date() + timedelta(self.days) if self.days is not None else None
        )
        return {"scopes": list(self.scopes), "expires_at": until and until.isoformat()}

    def response(self, _path: str) -> Any:
        return SimpleNamespace(headers={"Date": formatdate(time.time() + self.skew, usegmt=True)})


def failing(tmp_path: Path, client: Client, jobs: SqliteJobs | None = None, **env: str) -> set[str]:
    settings = load({"GITLAB_TOKEN": "x", "WEBHOOK_SECRET": "secret", **env}, tmp_path)
    lines = list(diagnose(settings, client, jobs or SqliteJobs(tmp_path / "q.sqlite3")))
    assert len(lines) == 7
    return {line.name for line in lines if not line.ok}


@pytest.mark.parametrize(
    ("client", "names"),
    [
        (Client(), set()),
        (Client(days=None), set()),
        (Client(scopes=("read_api",)), {"token"}),
        (Client(days=3), {"token"}),
        (Client(skew=-400), {"clock"}),
        (Client(refused=True), {"GitLab", "token"}),
    ],
)
def test_what_gitlab_tells(tmp_path: Path, client: Client, names: set[str]) -> None:
    assert failing(tmp_path, client) == names


def test_what_is_set_here(tmp_path: Path) -> None:
    assert failing(tmp_path, Client(), WEBHOOK_SECRET="") == {"webhook secret"}
    assert failing(tmp_path, Client(), SqliteJobs(tmp_path / "no" / "q")) == {
        "database",
        "queue",
        "last answer of GitLab",
    }


def test_what_the_queue_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = SqliteJobs(tmp_path / "q.sqlite3")
    jobs.push(Key(REVIEW, 1, 1))
    jobs.remember(REFUSAL, "401")
    real = time.time
    monkeypatch.setattr("bot.jobs.sqlite.time.time", lambda: real() + 3600)
    assert {"queue", "last answer of GitLab"} <= failing(tmp_path, Client(), jobs)
