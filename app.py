"""Where settings, Sentry, adapters and routes meet, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot import __version__
from bot.jobs.port import EXPIRY, REFUSAL, SWEPT, Pauses
from bot.observability import logs, sentry
from bot.observability.scrubbing import Scrubber
from bot.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from bot.console.keeping import Keeping
    from bot.gitlab.client import Client
    from bot.jobs.lease import Hold
    from bot.jobs.port import Jobs


def create_app(settings: Settings | None = None) -> Flask:
    """The web side. Opens no connection: each process opens its own at its first delivery, after any fork."""
    from flask import Flask  # noqa: PLC0415 - the worker and its jobs need no web side

    from bot.console import guide  # noqa: PLC0415 - as above
    from bot.console.audits import open_audits  # noqa: PLC0415 - as above
    from bot.jobs.inbox import QueueInbox  # noqa: PLC0415 - as above
    from bot.organisation import policy_problem  # noqa: PLC0415 - as above
    from bot.webhook.routes import MAX_BODY_BYTES, Receiver, blueprint  # noqa: PLC0415 - as above

    settings = settings or load(webhook=True)
    observe(settings, "web")
    flask = Flask("sealcheck", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    jobs = open_jobs(settings)
    inbox = QueueInbox(jobs, lambda: policy_problem(settings.policy_file))
    flask.register_blueprint(
        blueprint(
            Receiver(
                inbox,
                settings.webhook_secrets,
                settings.webhook_signing_tokens,
                more_gauges=open_audits(settings.database_url, settings.sqlite_path).gauges,
            )
        )
    )
    flask.register_blueprint(guide.blueprint())
    if settings.console:
        add_console(flask, settings, jobs)
    under = urlsplit(settings.public_url or "").path.rstrip("/")
    if under:
        flask.wsgi_app = UnderPath(flask.wsgi_app, under)  # type: ignore[assignment,method-assign]
    return flask


@dataclass(frozen=True, slots=True)
class UnderPath:
    """The application under the path of PUBLIC_URL, which the proxy in front may have taken off or left there."""

    application: Callable[..., Any]
    path: str

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Answers one request; its own links begin with the path (WSGI's SCRIPT_NAME, PEP 3333)."""
        wanted = environ["PATH_INFO"]
        if f"{wanted}/".startswith(f"{self.path}/"):
            wanted = wanted[len(self.path) :]
        return self.application({**environ, "SCRIPT_NAME": self.path, "PATH_INFO": wanted or "/"}, start)


def add_console(flask: Flask, settings: Settings, jobs: Jobs) -> None:
    """The pages below /console, and the cookie that they need."""
    from bot.console import pages, signin  # noqa: PLC0415 - only where the console is on
    from bot.console.records import open_records  # noqa: PLC0415 - as above
    from bot.console.status import BotStatus  # noqa: PLC0415 - as above

    sign_in = signin.SignIn(
        gitlab_url=settings.gitlab_url,
        client_id=settings.console_client_id or "",
        client_secret=settings.console_client_secret or "",
        public_url=settings.public_url or "",
        records=open_records(settings.database_url, settings.sqlite_path),
        timeout_seconds=float(settings.gitlab_timeout_seconds),
    )
    sign_in.configure(flask, settings.console_session_secret or "")
    status = BotStatus(jobs, REFUSAL, EXPIRY, SWEPT, settings.sweep_interval_seconds)
    flask.register_blueprint(pages.blueprint(pages.Console(sign_in, status)))


def observe(settings: Settings, component: str) -> None:
    """Logs and error reports of this process, both through one scrubber that knows this program's secrets."""
    scrubber = Scrubber(settings.secret_values)
    logs.configure(settings.log_level, scrubber, component)
    sentry.configure(settings.sentry_dsn, scrubber, __version__, settings.sentry_environment)


def open_jobs(settings: Settings) -> Jobs:
    """The queue that DATABASE_URL names."""
    pauses = Pauses(max_attempts=settings.max_attempts)
    if settings.sqlite_path is not None:
        from bot.jobs.sqlite import SqliteJobs  # noqa: PLC0415 - only one of the two is installed everywhere

        return SqliteJobs(
            settings.sqlite_path, pauses=pauses, delivery_memory_seconds=settings.delivery_memory_seconds
        )
    from bot.jobs.postgres import PostgresJobs  # noqa: PLC0415 - needs the extra `postgres`

    return PostgresJobs(
        settings.database_url, pauses=pauses, delivery_memory_seconds=settings.delivery_memory_seconds
    )


def open_keeping(settings: Settings) -> Keeping:
    """What keeps the console's records; it keeps none where the console is off."""
    from bot.console.keeping import Keeping  # noqa: PLC0415 - the web side writes no records
    from bot.console.records import open_records  # noqa: PLC0415 - as above

    records = open_records(settings.database_url, settings.sqlite_path) if settings.console else None
    return Keeping(records, Scrubber(settings.secret_values), settings.console_retention_days * 86400)


def open_client(settings: Settings, token: str | None, hold: Hold | None = None) -> Client:
    """Requests to the one GitLab of these settings, each counted in the metrics; none writes without the hold."""
    from bot.gitlab.client import Client  # noqa: PLC0415 - web needs no GitLab
    from bot.observability import metrics  # noqa: PLC0415 - after the metrics folder is known

    def count(method: str, status: int) -> None:
        metrics.FORGE_REQUESTS.labels(method, str(status)).inc()

    def allow(limit: int, left: int) -> None:
        metrics.BUDGET.labels("limit").set(limit)
        metrics.BUDGET.labels("left").set(left)

    timeout_seconds = float(settings.gitlab_timeout_seconds)
    client = Client(
        settings.gitlab_url,
        token or "",
        timeout_seconds=timeout_seconds,
        count=count,
        allow=allow,
        before_write=hold.check if hold else None,
    )
    if token != settings.gitlab_token:
        client.credential = "GITLAB_PROVISION_TOKEN"
    return client
