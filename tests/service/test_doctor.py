"""Each cause of silence has its line."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.doctor import CheckResult, CheckState, diagnose
from bot.errors import ForgeRefused
from bot.gitlab.client import Client as RealClient
from bot.jobs.port import REFUSAL, REVIEW, Key
from bot.jobs.sqlite import SqliteJobs
from bot.settings import load
from tests.gitlab_double import GitLabDouble

if TYPE_CHECKING:
    from collections.abc import Iterator
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

    def response(self, _path: str, **_query: object) -> Any:
        headers = {"Date": formatdate(time.time() + self.skew, usegmt=True), "X-Total": "3"}
        return SimpleNamespace(headers=headers)


def failing(tmp_path: Path, client: Client, jobs: SqliteJobs | None = None, **env: str) -> set[str]:
    settings = load({"GITLAB_TOKEN": "x", "WEBHOOK_SECRET": "secret", **env}, tmp_path)
    lines = list(diagnose(settings, client, jobs or SqliteJobs(tmp_path / "q.sqlite3")))
    assert len(lines) == 11
    return {line.name for line in lines if line.result is CheckState.FAIL}


@pytest.mark.parametrize(
    ("client", "names"),
    [
        (Client(), set()),
        (Client(days=None), set()),
        (Client(scopes=("read_api",)), {"token"}),
        (Client(days=3), {"token"}),
        (Client(skew=-400), {"clock"}),
        (Client(refused=True), {"GitLab"}),
    ],
)
def test_what_gitlab_reports(tmp_path: Path, client: Client, names: set[str]) -> None:
    assert failing(tmp_path, client) == names


def test_what_is_set_here(tmp_path: Path) -> None:
    assert failing(tmp_path, Client(), WEBHOOK_SECRET="") == {"webhook secret"}
    assert failing(tmp_path, Client(), SqliteJobs(tmp_path / "no" / "q")) == {"database"}


def test_what_the_queue_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = SqliteJobs(tmp_path / "q.sqlite3")
    jobs.push(Key(REVIEW, 1, 1))
    jobs.remember(REFUSAL, "401")
    real = time.time
    monkeypatch.setattr("bot.jobs.sqlite.time.time", lambda: real() + 3600)
    assert {"queue", "last answer of GitLab"} <= failing(tmp_path, Client(), jobs)


@pytest.fixture
def double() -> Iterator[GitLabDouble]:
    with GitLabDouble() as running:
        yield running
        assert running.refused == []


def reported(tmp_path: Path, double: GitLabDouble, url: str | None = None) -> dict[str, CheckResult]:
    """The doctor's lines about a GitLab as it answers, by name."""
    env = {"GITLAB_TOKEN": "x", "WEBHOOK_SECRET": "secret", **({"PUBLIC_URL": url} if url else {})}
    jobs = SqliteJobs(tmp_path / "q.sqlite3")
    bots, admins = (
        RealClient(double.url, token, timeout_seconds=5, pauses_seconds=())
        for token in (double.BOT_TOKEN, double.ADMIN_TOKEN)
    )
    lines = diagnose(load(env, tmp_path), bots, jobs, admins if url else None)
    jobs.push(Key(REVIEW, 1, 1), delivery="one")
    return {line.name: line for line in lines}


def test_the_bots_roles(tmp_path: Path, double: GitLabDouble) -> None:
    assert "member of none" in reported(tmp_path, double)["projects"].text
    double.project("platform/one")
    assert reported(tmp_path, double)["projects"].text == "member of 1"
    double.project("platform/two", bot_role=20)
    line = reported(tmp_path, double)["projects"]
    assert line.result is CheckState.OK
    assert "in 1 below Developer" in line.text
    assert "may be unable to resolve its threads" in line.text


def test_the_way_from_gitlab_to_here(tmp_path: Path, double: GitLabDouble) -> None:
    url = double.url  # something that answers, on a local address
    lines = reported(tmp_path, double, "http://127.0.0.1:9")
    assert "does not answer" in lines["address"].text
    assert "create the hook" in lines["system hook"].text
    assert lines["system hook"].result is CheckState.FAIL
    double.hook(f"{url}/hooks/gitlab", None, token="secret")
    assert reported(tmp_path, double, url)["address"].result is CheckState.OK
    assert reported(tmp_path, double, url)["system hook"].result is CheckState.OK
    double.world.local_requests = False
    assert "Outbound requests" in reported(tmp_path, double, url)["system hook"].text
    assert reported(tmp_path, double)["system hook"].result is CheckState.SKIPPED
    assert reported(tmp_path, double)["last delivery"].text.endswith("UTC")
    assert set(double.refused) == {"GET /healthz: no such route"}
    double.refused.clear()


def test_of_an_old_gitlab_it_is_said_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.gitlab_double import routes_projects

    signing = {"WEBHOOK_SIGNING_TOKEN": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    with GitLabDouble() as double:
        for version, wanted in (
            ("18.11.2-ee", CheckState.FAIL),
            ("19.0.0", CheckState.OK),
            ("pre", CheckState.OK),
        ):
            monkeypatch.setattr(routes_projects, "VERSION", version)
            settings = load({"GITLAB_TOKEN": "x", "WEBHOOK_SECRET": "s", **signing}, tmp_path)
            client = RealClient(double.url, double.BOT_TOKEN, timeout_seconds=5)
            (line,) = [
                each
                for each in diagnose(settings, client, SqliteJobs(tmp_path / "q.sqlite3"))
                if each.name == "signing"
            ]
            assert line.result is wanted, line
        assert "signs deliveries" in line.text


def test_a_fine_grained_token_is_not_judged_by_its_scopes(tmp_path: Path) -> None:
    settings = load({"GITLAB_TOKEN": "x", "WEBHOOK_SECRET": "secret"}, tmp_path)
    lines = diagnose(settings, Client(scopes=("granular",)), SqliteJobs(tmp_path / "q.sqlite3"))  # type: ignore[arg-type]
    (line,) = [each for each in lines if each.name == "token"]
    assert line.result is CheckState.SKIPPED
    assert "fine-grained" in line.text
