"""Where settings, Sentry, adapters and routes meet, and nowhere else."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
import time
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask

from bot import __version__
from bot.errors import SealcheckError
from bot.jobs.inbox import QueueInbox
from bot.jobs.port import BOT_ID, COMMAND, REVIEW, SLOT, SWEEP, Key, Pauses
from bot.observability import logs, sentry
from bot.observability.scrubbing import Scrubber
from bot.settings import Settings, load
from bot.webhook.routes import MAX_BODY_BYTES, Receiver, blueprint

if TYPE_CHECKING:
    from bot.gitlab.client import Client
    from bot.jobs.port import Handler, Jobs
    from bot.review.ports import Forge
    from bot.review.run import Terms
    from bot.review.sweep import Lists

SWEPT = "swept"
log = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> Flask:
    """The web side. Opens no connection: each process opens its own at its first delivery, after any fork."""
    settings = settings or load(webhook=True)
    observe(settings, "web")
    flask = Flask("sealcheck", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    inbox = QueueInbox(open_jobs(settings))
    flask.register_blueprint(
        blueprint(Receiver(inbox, settings.webhook_secrets, settings.webhook_signing_tokens))
    )
    return flask


def observe(settings: Settings, component: str) -> None:
    """Logs and error reports of this process, both through one scrubber that knows this program's secrets."""
    scrubber = Scrubber(settings.secret_values)
    logs.configure(settings.log_level, scrubber, component)
    sentry.configure(settings.sentry_dsn, scrubber, __version__)


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


def open_client(settings: Settings, token: str | None) -> Client:
    """Requests to the one GitLab of these settings, each counted in the metrics."""
    from bot.gitlab.client import Client  # noqa: PLC0415 - web needs no GitLab
    from bot.observability import metrics  # noqa: PLC0415 - after the metrics folder is known

    def count(method: str, status: int) -> None:
        metrics.FORGE_REQUESTS.labels(method, str(status)).inc()

    timeout_seconds = float(settings.gitlab_timeout_seconds)
    return Client(settings.gitlab_url, token or "", timeout_seconds=timeout_seconds, count=count)


@cache
def open_handler() -> Handler:
    """What runs one job, in the job's own process: settings, GitLab, the use case."""
    settings = load()
    if SLOT in os.environ:
        from bot.observability import metrics  # noqa: PLC0415 - after the metrics folder is known

        metrics.take_slot(os.environ[SLOT])
    observe(settings, "job")
    from bot.gitlab.forge import GitLabForge  # noqa: PLC0415 - web needs no GitLab

    jobs = open_jobs(settings)
    client = open_client(settings, settings.gitlab_token)
    known = jobs.recall(BOT_ID)
    forge = GitLabForge(client, max_file_bytes=settings.max_file_bytes, bot_id=int(known) if known else None)

    terms = terms_of(settings)

    def run(key: Key) -> None:
        with logs.bind(job=str(key), project_id=key.project_id, iid=key.iid):
            if key.kind == SWEEP:
                jobs.remember(BOT_ID, str(client.read("/user")["id"]))
                _sweep(forge, jobs)
                return
            if key.kind == REVIEW:
                _review(forge, jobs, key, terms)
                return
            if key.kind == COMMAND:
                from bot.review.commands import run_command  # noqa: PLC0415 - web obeys nobody

                jobs.remember(f"spoken:{key.lane}", "yes")
                today = dt.datetime.now(dt.UTC).date()
                run_command(forge, key.project_id, key.iid, key.note_id, terms, today)
                return
            raise ValueError(f"{key}: no such kind of job")

    return run


def terms_of(settings: Settings) -> Terms:
    """What every review goes by; problems of the organisation's policy file are logged, and told in summaries."""
    from bot.analysis.policy import Policy, read_policy  # noqa: PLC0415 - web judges nothing
    from bot.comments.plan import Caps  # noqa: PLC0415
    from bot.review.run import Terms  # noqa: PLC0415

    organisation = Policy()
    if settings.policy_file is not None:
        text = settings.policy_file.read_text(encoding="utf-8")
        organisation = read_policy(settings.policy_file.name, text, organisation=True)
    caps = Caps(settings.max_threads, settings.max_threads_per_rule)
    return Terms(settings.marker_keys, organisation, caps)


def _review(forge: Forge, jobs: Jobs, key: Key, terms: Terms) -> None:
    """Runs one review; remembers whether the bot has spoken there, which spares the others most requests."""
    from bot.observability import metrics  # noqa: PLC0415 - after the metrics folder is known
    from bot.review.run import review  # noqa: PLC0415 - web reviews nothing

    spoken = f"spoken:{key.lane}"
    today = dt.datetime.now(dt.UTC).date()
    known = jobs.recall(spoken) is not None
    outcome = review(forge, key.project_id, key.iid, terms, today, spoken=known)
    if outcome.spoke and not known:
        jobs.remember(spoken, "yes")
    for op in outcome.ops:
        metrics.COMMENTS.labels(type(op).__name__).inc()
    for finding in outcome.findings if outcome.ops else ():
        metrics.FINDINGS.labels(finding.rule, "proven" if finding.fix else "none").inc()
    log.info(
        "reviewed",
        extra={
            "fields": {
                "head": outcome.head_sha,
                "findings": len(outcome.findings),
                "writes": len(outcome.ops),
            }
        },
    )


def _sweep(forge: Lists, jobs: Jobs) -> None:
    """Queues what webhooks have missed since the last sweep."""
    from bot.review.sweep import sweep as look  # noqa: PLC0415 - web sweeps nothing

    last = jobs.recall(SWEPT)
    since = dt.datetime.fromisoformat(last) if last else None

    def push(project_id: int, iid: int) -> None:
        jobs.push(Key(REVIEW, project_id, iid))

    swept = look(forge, since, dt.datetime.now(dt.UTC), push)
    jobs.remember(SWEPT, swept.next_since.isoformat())
    log.info("swept", extra={"fields": {"merge_requests": swept.merge_requests, "todos": swept.todos}})


def sweep(*, once: bool) -> int:
    """The exit status after looking for what was missed: once, or again and again until it is stopped."""
    from bot.gitlab.forge import GitLabForge  # noqa: PLC0415 - only here

    settings = load()
    observe(settings, "sweep")
    jobs = open_jobs(settings)
    forge = GitLabForge(open_client(settings, settings.gitlab_token), max_file_bytes=settings.max_file_bytes)
    while True:
        _sweep(forge, jobs)
        if once:
            return 0
        time.sleep(settings.sweep_interval_seconds)


def review_now(project: str, iid: int, *, dry_run: bool) -> int:
    """The exit status after one review in this process. `project` is a path or an id."""
    from bot.gitlab.client import quoted  # noqa: PLC0415 - only here
    from bot.gitlab.forge import GitLabForge  # noqa: PLC0415
    from bot.review.run import dry_text, review  # noqa: PLC0415

    settings = load()
    observe(settings, "review")
    client = open_client(settings, settings.gitlab_token)
    found = client.read(f"/projects/{quoted(project)}")
    forge = GitLabForge(client, max_file_bytes=settings.max_file_bytes)
    today = dt.datetime.now(dt.UTC).date()
    outcome = review(forge, found["id"], iid, terms_of(settings), today, dry_run=dry_run)
    sys.stdout.write(dry_text(outcome) if dry_run else f"{len(outcome.findings)} findings reviewed\n")
    return 0


def provision(*, dry_run: bool, group: str | None, rotate: bool) -> int:
    """The exit status after installing or repairing the hook; a line per thing done on stdout."""
    from bot.gitlab.provision import Secrets  # noqa: PLC0415 - only here
    from bot.gitlab.provision import provision as lines  # noqa: PLC0415

    settings = load(webhook=True)
    if settings.public_url is None:
        sys.stderr.write("PUBLIC_URL: is missing; takes the URL under which GitLab reaches the bot\n")
        return 2
    observe(settings, "provision")
    client = open_client(settings, settings.gitlab_provision_token or settings.gitlab_token)
    secrets = Secrets(
        next(iter(settings.webhook_secrets), None), next(iter(settings.webhook_signing_tokens), None)
    )
    try:
        for line in lines(client, settings.public_url, secrets, group=group, dry_run=dry_run, rotate=rotate):
            sys.stdout.write(f"{'would: ' if dry_run else ''}{line}\n")
    except SealcheckError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def examine() -> int:
    """The exit status of the doctor: a line per check on stdout, 1 if any failed."""
    from bot.doctor import diagnose  # noqa: PLC0415 - only here

    settings = load()
    lines = list(diagnose(settings, open_client(settings, settings.gitlab_token), open_jobs(settings)))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return int(not all(line.ok for line in lines))
