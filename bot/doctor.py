"""Why is the bot silent? One line for each cause that can be checked from here."""

from __future__ import annotations

import ipaddress
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.analysis.policy import DEVELOPER
from bot.errors import ForgeRefused, SealcheckError
from bot.gitlab.network import network_cause
from bot.gitlab.provision import SIGNING_SINCE, UNSIGNED, Secrets, provision
from bot.jobs.port import REFUSAL
from bot.lazy import dataclass
from bot.organisation import policy_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.gitlab.client import Client
    from bot.jobs.port import Jobs
    from bot.settings import Settings

SKEW_SECONDS = 60
"""A signature is refused at 300 s of difference between GitLab's clock and this one."""
EXPIRY_DAYS = 14
GRANULAR = "granular"
"""The one scope of a fine-grained token (GitLab 18.10, 2026-11)."""
OLDEST_SECONDS = 600
ADDRESS_SECONDS = 10


class _Fault(Exception):
    """The check failed; the message says what to do."""


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAIL = "FAIL"
    SKIPPED = "skip"
    """What it depends on has failed, or a setting that it needs is missing."""


class _Skipped(Exception):
    """The check cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's result."""

    result: CheckState
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.result:4}  {self.name}: {self.text}"


@dataclass(frozen=True, slots=True)
class _Check:
    """A check, and the name of the one without which it makes no sense."""

    name: str
    run: Callable[[], str]
    needs: str = ""


def diagnose(
    settings: Settings, client: Client, jobs: Jobs, provisioner: Client | None = None
) -> Iterator[CheckResult]:
    """Yield a line per check; one whose precondition has failed is skipped, so that each fault is reported once.

    `provisioner` carries GITLAB_PROVISION_TOKEN: with an administrator's the system hook is checked.
    """
    checks = (
        _Check("GitLab", lambda: _user(client, settings)),
        _Check("token", lambda: _token(client), "GitLab"),
        _Check("projects", lambda: _projects(client, settings), "GitLab"),
        _Check("clock", lambda: _clock(client), "GitLab"),
        _Check("webhook secret", lambda: _secrets(settings)),
        *([_Check("signing", lambda: _signing(client), "GitLab")] if settings.webhook_signing_tokens else []),
        *([_Check("policy", lambda: _policy(settings))] if settings.policy_file else []),
        _Check("address", lambda: _address(settings)),
        _Check("system hook", lambda: _hook(settings, provisioner), "GitLab"),
        _Check("database", lambda: _database(jobs)),
        _Check("queue", lambda: _queue(jobs), "database"),
        _Check("last answer of GitLab", lambda: _refusal(jobs), "database"),
        _Check("last delivery", lambda: _delivery(jobs), "database"),
    )
    failed: set[str] = set()
    for check in checks:
        line = _line(check, failed)
        if line.result is CheckState.FAIL:
            failed.add(check.name)
        yield line


def _line(check: _Check, failed: set[str]) -> CheckResult:
    if check.needs in failed:
        return CheckResult(CheckState.SKIPPED, check.name, f"needs {check.needs}")
    try:
        return CheckResult(CheckState.OK, check.name, check.run())
    except _Skipped as why:
        return CheckResult(CheckState.SKIPPED, check.name, str(why))
    except (SealcheckError, _Fault) as problem:
        return CheckResult(CheckState.FAIL, check.name, str(problem))


def _user(client: Client, settings: Settings) -> str:
    forgotten = "" if "GITLAB_URL" in settings.given else " (the default: GITLAB_URL is not set)"
    where = f"{settings.gitlab_url}{forgotten}"
    try:
        return f"{where} answers; the bot is {client.read('/user')['username']}"
    except SealcheckError as problem:
        text = str(problem).removeprefix("reading failed: ").removeprefix(f"GET {settings.gitlab_url}: ")
        raise _Fault(f"{where}: {text}") from problem


def _token(client: Client) -> str:
    token: dict[str, Any] = client.read("/personal_access_tokens/self")
    if GRANULAR in token.get("scopes", ()):
        raise _Skipped(
            "it is fine-grained: it has no scope `api`, and GitLab reports a missing permission only at the "
            "request that needs it. Grant read and write of merge requests, their comments and drafts, and read "
            "of projects, code and members; before 18.10 there are classic tokens only"
        )
    if "api" not in token.get("scopes", ()):
        raise _Fault(f"has the scopes {', '.join(token.get('scopes', ()))}; it needs api")
    if token.get("expires_at"):
        days = (date.fromisoformat(token["expires_at"]) - datetime.now(UTC).date()).days
        if days < EXPIRY_DAYS:
            raise _Fault(f"expires in {days} days: rotate it")
        return f"scope api, expires in {days} days"
    return "scope api, does not expire"


def _projects(client: Client, settings: Settings) -> str:
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
    gate = "" if settings.status == "off" else ", cannot write the commit status"
    return (
        f"member of {total}; in {total - able} below Developer: there it comments, may be unable to resolve its "
        f"threads{gate}, and reads the policy of the default branch alone"
    )


def _clock(client: Client) -> str:
    date = client.response("/version").headers.get("Date")
    if not date:
        raise _Fault("GitLab's answer carries no date")
    skew = abs(parsedate_to_datetime(date).timestamp() - time.time())
    if skew > SKEW_SECONDS:
        raise _Fault(f"differs from GitLab's by {skew:.0f} s: signatures are refused from 300 s on")
    return "agrees with GitLab's"


def _secrets(settings: Settings) -> str:
    if settings.webhook_signing_tokens:
        return "deliveries must be signed"
    if settings.webhook_secrets:
        return "deliveries must carry the secret token"
    raise _Fault("neither WEBHOOK_SECRET nor WEBHOOK_SIGNING_TOKEN is set: the server does not start")


def _signing(client: Client) -> str:
    version = str(client.read("/version").get("version") or "")
    numbers = tuple(
        int(part) for part in version.split("-", maxsplit=1)[0].split(".")[:2] if part.isdecimal()
    )
    if numbers and numbers < SIGNING_SINCE:
        raise _Fault(f"GitLab {version}: {UNSIGNED}")
    return f"GitLab {version or 'of an unknown version'} signs deliveries"


def _policy(settings: Settings) -> str:
    problem = policy_problem(settings.policy_file)
    if problem:
        raise _Fault(f"{problem}; a running service goes on with the last good one")
    return f"{settings.policy_file} is read"


def _address(settings: Settings) -> str:
    if settings.public_url is None:
        raise _Skipped("PUBLIC_URL is not set")
    url = f"{settings.public_url}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=ADDRESS_SECONDS):  # noqa: S310 - the operator's own setting
            return f"{settings.public_url} answers, seen from here"
    except urllib.error.HTTPError:  # a proxy that passes the webhook's path alone
        return f"{settings.public_url} answers, seen from here; it passes /hooks/gitlab alone"
    except OSError as problem:
        raise _Fault(
            f"{settings.public_url} does not answer, seen from here: {network_cause(problem)}"
        ) from problem


def _hook(settings: Settings, provisioner: Client | None) -> str:
    if settings.public_url is None or provisioner is None:
        raise _Skipped("PUBLIC_URL or GITLAB_PROVISION_TOKEN is not set")
    secrets = Secrets.newest(settings.webhook_secrets, settings.webhook_signing_tokens)
    try:
        lines = list(provision(provisioner, settings.public_url, secrets, dry_run=True))
    except ForgeRefused as refused:
        raise _Skipped(
            "GITLAB_PROVISION_TOKEN is no administrator's (Admin Mode wants the scope admin_mode)"
        ) from refused
    if any(UNSIGNED in line for line in lines):
        raise _Fault(UNSIGNED)
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
