"""What an operator can set: read once, from the environment and from `.env`, all problems reported together.

Each field says its variable, its default and its meaning; the page of the settings is made of them (`table`).
"""

from __future__ import annotations

import os
import urllib.parse
from dataclasses import MISSING, Field, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import SettingsError
from bot.lazy import dataclass, regex
from bot.settings import values
from bot.settings.env_file import read_env_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _setting(
    variable: str,
    meaning: str,
    parse: Callable[[str], Any] = str,
    *,
    default: str | None = None,
    secret: bool = False,
) -> Any:
    """A field.

    Its variable, what it means, and how its text is read (the parser raises ValueError(what it takes)).
    """
    return field(
        repr=not secret,
        metadata={
            "variable": variable,
            "meaning": meaning,
            "parse": parse,
            "default": default,
            "secret": secret,
        },
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, valid. Secrets do not show in its repr."""

    gitlab_url: str = _setting(
        "GITLAB_URL",
        "base URL of the one GitLab that this bot serves; never taken from a payload",
        values.url,
        default="https://gitlab.com",
    )
    gitlab_token: str | None = _setting(
        "GITLAB_TOKEN",
        "token of the bot's user, scope `api`; required by all but `scan` and `rules`",
        values.token,
        secret=True,
    )
    gitlab_provision_token: str | None = _setting(
        "GITLAB_PROVISION_TOKEN",
        "a second, stronger token, used by `sealcheck provision` and by auto-provisioning alone",
        values.token,
        secret=True,
    )
    webhook_secrets: tuple[str, ...] = _setting(
        "WEBHOOK_SECRET",
        "compared (constant time) with `X-Gitlab-Token`; several, comma-separated, while rotating",
        values.several,
        default="",
        secret=True,
    )
    webhook_signing_tokens: tuple[str, ...] = _setting(
        "WEBHOOK_SIGNING_TOKEN",
        "`whsec_...`; when set, a valid `webhook-signature` is required; several, comma-separated, while rotating. "
        "At least one of the two must be set, or the server does not start",
        values.signing_tokens,
        default="",
        secret=True,
    )
    database_url: str = _setting(
        "DATABASE_URL",
        "the embedded default, or `postgresql://...` for several replicas",
        values.database_url,
        default="sqlite:///sealcheck.sqlite3",
        secret=True,
    )
    public_url: str | None = _setting(
        "PUBLIC_URL",
        "where GitLab reaches the bot, with a path where a proxy puts it under one; needed by `provision`",
        values.url,
    )
    sentry_dsn: str | None = _setting(
        "SENTRY_DSN", "error reporting, scrubbed", values.sentry_dsn, secret=True
    )
    policy_file: Path | None = _setting(
        "SEALCHECK_POLICY", "path of the organisation's policy file (YAML)", values.existing_file
    )
    log_level: str = _setting("LOG_LEVEL", "logs are JSON lines on stderr", values.log_level, default="INFO")
    sentry_environment: str = _setting(
        "SENTRY_ENVIRONMENT", "the environment that error reports name", str, default="production"
    )
    marker_secrets: tuple[str, ...] = _setting(
        "SEALCHECK_MARKER_SECRET",
        "keys the hidden markers of the bot's notes, so keep it; several, comma-separated, while rotating (the first "
        "signs). Default: the webhook's secrets and signing tokens, else the token",
        values.several,
        default="",
        secret=True,
    )
    max_threads: int = _setting(
        "SEALCHECK_MAX_THREADS",
        "open threads of one merge request; the rest is counted in the summary",
        values.whole_number(1, 200),
        default="20",
    )
    max_threads_per_rule: int = _setting(
        "SEALCHECK_MAX_THREADS_PER_RULE",
        "threads of one rule in one file; more are folded into the last of them",
        values.whole_number(1, 200),
        default="5",
    )
    status: str = _setting(
        "SEALCHECK_STATUS",
        "a commit status `sealcheck` on the head of each merge request: `advise` never fails, `block` fails over "
        "findings and over what could not be checked; a project's policy decides first",
        values.one_of("off", "advise", "block"),
        default="off",
    )
    status_fail_on: str = _setting(
        "SEALCHECK_STATUS_FAIL_ON",
        "the severity from which on an open finding fails that status",
        values.one_of("critical", "high", "medium", "low", "info"),
        default="medium",
    )
    concurrent_reviews: int = _setting(
        "SEALCHECK_CONCURRENT_REVIEWS",
        "reviews at once in one worker, each in a process of its own",
        values.whole_number(1, 64),
        default="2",
    )
    review_timeout_seconds: int = _setting(
        "SEALCHECK_REVIEW_TIMEOUT_SECONDS",
        "a review that takes longer is stopped and tried again later",
        values.whole_number(5, 3600),
        default="300",
    )
    review_memory_bytes: int = _setting(
        "SEALCHECK_REVIEW_MEMORY_BYTES",
        "address space of one review; one that needs more fails alone",
        values.whole_number(256 << 20, 1 << 40),
        default=str(2 << 30),
    )
    max_attempts: int = _setting(
        "SEALCHECK_MAX_ATTEMPTS",
        "failures after which a review is parked until a newer event",
        values.whole_number(1, 100),
        default="8",
    )
    drain_seconds: int = _setting(
        "SEALCHECK_DRAIN_SECONDS",
        "after SIGTERM running reviews may finish for so long, then they are handed back",
        values.whole_number(0, 600),
        default="25",
    )
    sweep_interval_seconds: int = _setting(
        "SEALCHECK_SWEEP_INTERVAL_SECONDS",
        "how often merge requests that were missed are looked for",
        values.whole_number(60, 86400),
        default="900",
    )
    gitlab_timeout_seconds: int = _setting(
        "SEALCHECK_GITLAB_TIMEOUT_SECONDS",
        "how long one request to GitLab may take",
        values.whole_number(1, 300),
        default="30",
    )
    gitlab_longest_seconds: int = _setting(
        "SEALCHECK_GITLAB_LONGEST_SECONDS",
        "how long GitLab may go on with a request that got no answer, queued or at work: by default its 90 s and 60 s; "
        "raise it with `GITLAB_RAILS_RACK_TIMEOUT`",
        values.whole_number(1, 3600),
        default="150",
    )
    notes_per_minute: int = _setting(
        "SEALCHECK_NOTES_PER_MINUTE",
        "comments that are not part of a review, written in a minute by all replicas; GitLab.com allows 60",
        values.whole_number(1, 10000),
        default="50",
    )
    max_file_bytes: int = _setting(
        "SEALCHECK_MAX_FILE_BYTES",
        "a larger file is not read, and the summary says so",
        values.whole_number(1 << 10, 100 << 20),
        default=str(2 << 20),
    )
    web_threads: int = _setting(
        "SEALCHECK_WEB_THREADS", "deliveries answered at once", values.whole_number(1, 64), default="8"
    )
    memory_days: int = _setting(
        "SEALCHECK_MEMORY_DAYS",
        "how long small facts are kept that nobody touches (where the bot has spoken, parked reviews)",
        values.whole_number(1, 3650),
        default="180",
    )
    delivery_memory_seconds: int = _setting(
        "SEALCHECK_DELIVERY_MEMORY_SECONDS",
        "how long a delivery's id is remembered, to ignore it twice",
        values.whole_number(600, 2592000),
        default="259200",
    )
    worker_metrics_port: int = _setting(
        "SEALCHECK_WORKER_METRICS_PORT",
        "where a lone `sealcheck worker` serves its metrics; 0 is nowhere (`serve` shows them at `/metrics`)",
        values.whole_number(0, 65535),
        default="0",
    )
    rule_pages: str | None = _setting(
        "SEALCHECK_RULE_URL",
        "where a rule's page is, with `{rule}` for its id: comments link to it; by default the page that the service "
        "serves below `PUBLIC_URL`",
        values.rule_url,
    )
    console_client_id: str | None = _setting(
        "SEALCHECK_CONSOLE_CLIENT_ID",
        "id of the OAuth application (scope `read_api`) through which people sign in to the console; with the next "
        "two and `PUBLIC_URL` it turns the console on",
        values.token,
    )
    console_client_secret: str | None = _setting(
        "SEALCHECK_CONSOLE_CLIENT_SECRET", "the secret of that application", values.token, secret=True
    )
    console_session_secret: str | None = _setting(
        "SEALCHECK_CONSOLE_SESSION_SECRET",
        "signs the console's cookie: at least 32 random characters",
        values.long_secret,
        secret=True,
    )
    console_retention_days: int = _setting(
        "SEALCHECK_CONSOLE_RETENTION_DAYS",
        "how long the console keeps what is not open any more",
        values.whole_number(1, 3650),
        default="365",
    )
    given: frozenset[str] = frozenset()
    """The variables that were set; all others have their default. Not a setting itself."""

    @property
    def rule_url(self) -> str:
        """The address of a rule's page, with `{rule}` in the place of its id; "" where none is known."""
        return self.rule_pages or (f"{self.public_url}/rules/{{rule}}" if self.public_url else "")

    @property
    def console(self) -> bool:
        """Whether the console is on."""
        return self.console_client_id is not None

    @property
    def marker_keys(self) -> tuple[bytes, ...]:
        """The keys of the markers: the first signs, all are believed."""
        chosen = self.marker_secrets or (*self.webhook_secrets, *self.webhook_signing_tokens)
        return tuple(key.encode() for key in chosen or (self.gitlab_token or "",))

    @property
    def secret_values(self) -> tuple[str, ...]:
        """Every secret's value, for the scrubber: they never leave the program, in no form."""
        password = urllib.parse.urlsplit(self.database_url).password if "@" in self.database_url else None
        console = (self.console_client_secret, self.console_session_secret)
        single = (self.gitlab_token, self.gitlab_provision_token, self.sentry_dsn, password, *console)
        several = (*self.webhook_secrets, *self.webhook_signing_tokens, *self.marker_secrets)
        return (*filter(None, single), *several)

    @property
    def sqlite_path(self) -> Path | None:
        """The file of the embedded queue, or None on PostgreSQL."""
        embedded = self.database_url.startswith("sqlite:///")
        return Path(self.database_url.removeprefix("sqlite:///")) if embedded else None


def load(
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    *,
    webhook: bool = False,
    started: bool = False,
) -> Settings:
    """The settings of the environment, over those of `.env` in `folder` (the working folder).

    `webhook`: this program receives deliveries, so one of the two webhook secrets must be set. `started`: this
    process belongs to a service that has started, so a policy file that is gone since is none of its problems.
    Raises SettingsError with every problem at once, one line per variable.
    """
    problems: list[str] = []
    given = {
        **read_env_file((folder or Path()) / ".env", problems),
        **(os.environ if environ is None else environ),
    }
    read: dict[str, Any] = {}
    for each in _declared():
        variable, default = each.metadata["variable"], each.metadata["default"]
        text = given.get(variable, "").strip() or default
        try:
            parse = Path if started and each.name == "policy_file" else each.metadata["parse"]
            read[each.name] = None if text is None else parse(text)
        except ValueError as problem:
            problems.append(f"{variable}: takes {problem}")
    if "GITLAB_TOKEN" not in {each.split(":")[0] for each in problems} and not read.get("gitlab_token"):
        problems.append("GITLAB_TOKEN: is missing; takes the token of the bot's user, scope api")
    secrets = [read.get("webhook_secrets", True), read.get("webhook_signing_tokens", True)]
    if webhook and not any(secrets):
        problems.append(
            "WEBHOOK_SECRET: is missing; takes the secret of the hook (or set WEBHOOK_SIGNING_TOKEN)"
        )
    problems += _half_a_console(given)
    problems += _misspelt(given)
    if problems:
        raise SettingsError("\n".join(problems))
    return Settings(**read, given=frozenset(name for name in _variables() if given.get(name, "").strip()))


def _declared() -> tuple[Field[Any], ...]:
    """Return the fields that are settings."""
    return tuple(each for each in fields(Settings) if each.metadata)


def _variables() -> tuple[str, ...]:
    return tuple(each.metadata["variable"] for each in _declared())


_OWN = "SEALCHECK_"
# What Kubernetes sets in every container for a Service called `sealcheck` or `sealcheck-...`
# (kubernetes.io/docs/concepts/services-networking/service/#environment-variables, 2026-11).
_OF_KUBERNETES = regex(r"_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT$|_PORT_\d+_(TCP|UDP|SCTP)(_|$)")


def _misspelt(given: Mapping[str, str]) -> list[str]:
    """Return a problem for each variable that is almost the name of a setting: its value would never be used."""
    known = {variable.removeprefix(_OWN) for variable in _variables() if variable.startswith(_OWN)}
    own = {name.removeprefix(_OWN) for name in given if name.startswith(_OWN)}
    return [
        f"{_OWN}{name}: is no setting; did you mean {_OWN}{similar[0]}?"
        for name in sorted(own - known)
        if not _OF_KUBERNETES.search(name) and (similar := get_close_matches(name, known, 1, 0.75))
    ]


def _half_a_console(given: Mapping[str, str]) -> list[str]:
    """The settings that are missing where some of the console's are there."""
    own = [f"SEALCHECK_CONSOLE_{each}" for each in ("CLIENT_ID", "CLIENT_SECRET", "SESSION_SECRET")]
    there = [each for each in own if given.get(each, "").strip()]
    missing = [each for each in (*own, "PUBLIC_URL") if not given.get(each, "").strip()]
    return [
        f"{each}: is missing; {there[0]} turns the console on, which needs it" for each in missing if there
    ]


def table() -> list[tuple[str, str, str]]:
    """Variable, default and meaning of every setting, in order, for their page."""
    assert all(each.default is MISSING for each in _declared())  # noqa: S101 - defaults live in the metadata only
    return [
        (each.metadata["variable"], each.metadata["default"] or "none", each.metadata["meaning"])
        for each in _declared()
    ]
