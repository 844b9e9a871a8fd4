"""Why is the bot silent? One line for each cause that can be checked from here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from bot.errors import SealcheckError
from bot.jobs.port import REFUSAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.gitlab.client import Client
    from bot.jobs.port import Jobs
    from bot.settings import Settings

SKEW_SECONDS = 60
"""A signature is refused at 300 s of difference between GitLab's clock and this one."""
EXPIRY_DAYS = 14
OLDEST_SECONDS = 600


class _Fault(Exception):
    """The check failed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One check's result."""

    ok: bool
    name: str
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.name}: {self.text}"


def diagnose(settings: Settings, client: Client, jobs: Jobs) -> Iterator[Line]:
    """Yields a line per check, each tried whatever became of the others."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("GitLab", lambda: _user(client)),
        ("token", lambda: _token(client)),
        ("clock", lambda: _clock(client)),
        ("webhook secret", lambda: _secrets(settings)),
        ("database", lambda: _database(jobs)),
        ("queue", lambda: _queue(jobs)),
        ("last answer of GitLab", lambda: _refusal(jobs)),
    )
    for name, check in checks:
        try:
            yield Line(ok=True, name=name, text=check())
        except (SealcheckError, _Fault) as problem:
            yield Line(ok=False, name=name, text=str(problem))


def _user(client: Client) -> str:
    return f"answers; the bot is {client.read('/user')['username']}"


def _token(client: Client) -> str:
    token: dict[str, Any] = client.read("/personal_access_tokens/self")
    if "api" not in token.get("scopes", ()):
        raise _Fault(f"has the scopes {', '.join(token.get('scopes', ()))}; it needs api")
    if token.get("expires_at"):
        days = (date.fromisoformat(token["expires_at"]) - datetime.now(UTC).date()).days
        if days < EXPIRY_DAYS:
            raise _Fault(f"expires in {days} days: rotate it")
        return f"scope api, expires in {days} days"
    return "scope api, does not expire"


def _clock(client: Client) -> str:
    told = client.response("/version").headers.get("Date")
    if not told:
        raise _Fault("GitLab's answer carries no date")
    skew = abs(parsedate_to_datetime(told).timestamp() - time.time())
    if skew > SKEW_SECONDS:
        raise _Fault(f"differs from GitLab's by {skew:.0f} s: signatures are refused from 300 s on")
    return "agrees with GitLab's"


def _secrets(settings: Settings) -> str:
    if settings.webhook_signing_tokens:
        return "deliveries must be signed"
    if settings.webhook_secrets:
        return "deliveries must carry the secret token"
    raise _Fault("neither WEBHOOK_SECRET nor WEBHOOK_SIGNING_TOKEN is set: the server does not start")


def _database(jobs: Jobs) -> str:
    jobs.check()
    return "can be written"


def _queue(jobs: Jobs) -> str:
    depth = jobs.depth()
    if depth.oldest_seconds > OLDEST_SECONDS:
        raise _Fault(f"the oldest job waits for {depth.oldest_seconds:.0f} s: does a worker run?")
    if depth.parked:
        first = jobs.parked()[0]
        raise _Fault(f"{depth.parked} parked after failures, the first: {first.key}: {first.reason}")
    return f"{depth.waiting} waiting, none parked"


def _refusal(jobs: Jobs) -> str:
    refusal = jobs.recall(REFUSAL)
    if refusal:
        raise _Fault(refusal)
    return "was no refusal"
