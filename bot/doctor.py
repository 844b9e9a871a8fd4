"""Why is the bot silent? One line for each cause that can be checked from here."""

from __future__ import annotations

import ipaddress
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from bot.analysis.policy import DEVELOPER
from bot.errors import ForgeRefused, SealcheckError
from bot.gitlab.provision import Secrets, provision
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
ADDRESS_SECONDS = 10


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


def diagnose(
    settings: Settings, client: Client, jobs: Jobs, provisioner: Client | None = None
) -> Iterator[Line]:
    """Yields a line per check, each tried whatever became of the others.

    `provisioner` carries GITLAB_PROVISION_TOKEN: with an administrator's the system hook is looked at.
    """
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("GitLab", lambda: _user(client)),
        ("token", lambda: _token(client)),
        ("projects", lambda: _projects(client)),
        ("clock", lambda: _clock(client)),
        ("webhook secret", lambda: _secrets(settings)),
        ("address", lambda: _address(settings)),
        ("system hook", lambda: _hook(settings, provisioner)),
        ("database", lambda: _database(jobs)),
        ("queue", lambda: _queue(jobs)),
        ("last answer of GitLab", lambda: _refusal(jobs)),
        ("last delivery", lambda: _delivery(jobs)),
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


def _projects(client: Client) -> str:
    def count(**query: Any) -> int | None:
        found = client.response("/projects", membership=True, simple=True, per_page=1, **query)
        total = found.headers.get("X-Total", "")  # left out over 10,000
        return int(total) if total.isdecimal() else None

    total = count()
    if total == 0:
        raise _Fault(
            "the bot is a member of none: add it to the projects or to their top group, as Developer"
        )
    able = count(min_access_level=DEVELOPER)
    if total is None or able is None or able == total:
        return f"member of {'over 10,000' if total is None else total}"
    return f"member of {total}; in {total - able} below Developer: there it comments, and cannot resolve"


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


def _address(settings: Settings) -> str:
    if settings.public_url is None:
        return "not looked at: PUBLIC_URL is not set"
    url = f"{settings.public_url}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=ADDRESS_SECONDS):  # noqa: S310 - the operator's own setting
            return f"{settings.public_url} answers, seen from here"
    except urllib.error.HTTPError:  # a proxy that passes the webhook's path alone
        return f"{settings.public_url} answers, seen from here; it passes /hooks/gitlab alone"
    except OSError as problem:
        raise _Fault(f"{settings.public_url} does not answer, seen from here: {problem}") from problem


def _hook(settings: Settings, provisioner: Client | None) -> str:
    if settings.public_url is None or provisioner is None:
        return "not looked at: PUBLIC_URL or GITLAB_PROVISION_TOKEN is not set"
    secrets = Secrets.newest(settings.webhook_secrets, settings.webhook_signing_tokens)
    try:
        lines = list(provision(provisioner, settings.public_url, secrets, dry_run=True))
    except ForgeRefused:
        return "not looked at: GITLAB_PROVISION_TOKEN is no administrator's (Admin Mode wants the scope admin_mode)"
    wrong = [line for line in lines if "is right" not in line]
    if wrong:
        raise _Fault(
            f"{'; '.join(wrong)}: `sealcheck provision` does it (a group's or project's own hook serves too)"
        )
    allowed = provisioner.read("/application/settings").get("allow_local_requests_from_system_hooks", True)
    if not allowed and _is_private(settings.public_url):
        raise _Fault(
            "GitLab sends nothing to local addresses: Admin > Settings > Network > Outbound requests"
        )
    return lines[0]


def _is_private(url: str) -> bool:
    try:
        found = socket.getaddrinfo(urllib.parse.urlsplit(url).hostname, None)
    except OSError:
        return False
    return any(ipaddress.ip_address(each[4][0]).is_private for each in found)


def _delivery(jobs: Jobs) -> str:
    last = jobs.last_delivery()
    if last is None:
        return "none is remembered: no hook, or nothing has happened"
    return f"{datetime.fromtimestamp(last, UTC):%Y-%m-%d %H:%M} UTC"


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
