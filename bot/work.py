"""What the worker's jobs do: each in a process of its own, which opens settings, queue and GitLab for itself."""

from __future__ import annotations

import datetime as dt
import logging
import os
from dataclasses import field
from typing import TYPE_CHECKING

from app import observe, open_client, open_jobs, open_keeping
from bot.analysis.gate import Gate
from bot.comments.plan import Caps
from bot.console.keeping import NOTHING_KEPT
from bot.errors import ForgeBusy
from bot.findings import Severity
from bot.gitlab.client import BUSY_SECONDS, ClientError
from bot.gitlab.doubt import Doubts
from bot.gitlab.forge import GitLabForge
from bot.gitlab.provision import HookPlace, Secrets, provision
from bot.gitlab.statuses import GitLabStatuses
from bot.jobs import port
from bot.jobs.budget import spend_note
from bot.jobs.port import BOT_ID, EXPIRY, REVIEW, SLOT, SWEPT, Key
from bot.lazy import dataclass
from bot.observability import counting, logs, metrics
from bot.organisation import running_organisation, touch_policy
from bot.review.gating import Gating
from bot.review.run import Memory, ReviewSettings, review
from bot.review.slash_commands import answer_edit, run_command
from bot.review.sweep import answer_todos, sweep
from bot.settings import Settings, load

if TYPE_CHECKING:
    from bot.analysis.policy import ReviewPolicy
    from bot.console.keeping import Keeping
    from bot.gitlab.client import Client
    from bot.jobs.lease import Hold
    from bot.jobs.port import Handler, Jobs
    from bot.review.ports import Forge
    from bot.review.run import ReviewOutcome
    from bot.review.sweep import Lists

log = logging.getLogger(__name__)
SWEEPS_LEAVE = 0.2
"""A sweep does not begin where less than this share of GitLab's rate limit is left: people wait for reviews."""

INCOMPLETE_SECONDS = (600.0, 3600.0, 21600.0)
"""When a merge request of which GitLab could not give a file is looked at again."""


def open_handler(hold: Hold) -> Handler:
    """What runs one job, in the job's own process: settings, GitLab, the use case."""
    settings = load(started=True)
    if SLOT in os.environ:
        metrics.take_slot(os.environ[SLOT])
    observe(settings, "job")

    jobs = open_jobs(settings)
    client = open_client(settings, settings.gitlab_token, hold)
    known = jobs.recall(BOT_ID)
    forge = GitLabForge(
        client,
        max_file_bytes=settings.max_file_bytes,
        bot_id=int(known) if known else None,
        before_note=lambda: spend_note(jobs, settings.notes_per_minute),
        doubts=Doubts(jobs, longest_seconds=settings.gitlab_longest_seconds),
    )
    review_settings = review_settings_of(settings, running_organisation(settings.policy_file, jobs))
    keeping = open_keeping(settings)
    gating = gating_of(settings, client, forge)

    def run(key: Key) -> None:
        with logs.bind(job=str(key), project_id=key.project_id, iid=key.iid):
            if key.kind == port.SWEEP:
                jobs.remember(BOT_ID, str(client.read("/user")["id"]))
                if client.left < SWEEPS_LEAVE:
                    raise ForgeBusy(
                        "what is left of GitLab's limit is for reviews: the sweep waits", BUSY_SECONDS
                    )
                jobs.remember(EXPIRY, _expiry(client))
                touch_policy(settings.policy_file, jobs)
                sweep_once(forge, jobs)
                keeping.look_again(forge)
                forgotten = jobs.forget(settings.memory_days * 86400)
                log.info("forgotten", extra={"fields": {"entries": forgotten}})
            elif key.kind == port.TODOS:
                counting.count_todos(answer_todos(forge, _SweepQueue(jobs)))
            elif key.kind == port.HOOK:
                _hook(client, settings, jobs, key.project_id, hold)
            else:
                run_job(forge, jobs, review_settings, key, keeping, gating)

    return run


def _expiry(client: Client) -> str | None:
    """The day on which the token expires, as GitLab writes it; None where it does not, or is no access token."""
    try:
        expires: str | None = client.read("/personal_access_tokens/self").get("expires_at")
    except ClientError:
        return None
    return expires


def gating_of(settings: Settings, client: Client, forge: Forge) -> Gating:
    """Return the gate that these settings ask for."""
    return Gating(GitLabStatuses(client), forge, Gate(settings.status), Severity(settings.status_fail_on))


def run_job(
    forge: Forge,
    jobs: Jobs,
    review_settings: ReviewSettings,
    key: Key,
    keeping: Keeping = NOTHING_KEPT,
    gating: Gating | None = None,
) -> None:
    """Runs the review or the command that the key names; raises what they raise."""
    match key.kind:
        case port.REVIEW:
            _review(forge, jobs, key, review_settings, keeping, gating)
        case port.COMMAND:
            _command(forge, jobs, key, review_settings, gating)
        case port.EDITED:
            known = jobs.recall(_obeyed(key))
            answer_edit(forge, key.project_id, key.iid, key.note_id, review_settings, known, _today())
        case _:
            raise ValueError(f"{key}: no such kind of job")


def review_settings_of(settings: Settings, organisation: ReviewPolicy) -> ReviewSettings:
    """Return what every review goes by, from the operator's settings and the organisation's policy."""
    caps = Caps(settings.max_threads, settings.max_threads_per_rule)
    return ReviewSettings(settings.marker_keys, organisation, caps, settings.rule_url, during=metrics.stage)


def _review(
    forge: Forge,
    jobs: Jobs,
    key: Key,
    review_settings: ReviewSettings,
    keeping: Keeping,
    gating: Gating | None,
) -> None:
    """Runs one review; remembers whether the bot has spoken there, which spares the others most requests."""
    spoken = jobs.recall(_spoken(key)) is not None

    def remember() -> None:
        if not spoken:
            jobs.remember(_spoken(key), "yes")

    memory = Memory(spoken, remember)
    ids = key.project_id, key.iid

    def reviewed(review_settings: ReviewSettings) -> ReviewOutcome:
        return keeping.around(*ids, lambda: review(forge, *ids, review_settings, _today(), memory=memory))

    outcome = gating.around(*ids, review_settings, reviewed) if gating else reviewed(review_settings)
    incomplete = outcome.seen is not None and outcome.seen.snapshot.is_incomplete_for_now
    _come_back(jobs, key, incomplete=incomplete)
    if outcome.findings:  # said already, perhaps before the queue lost its memory
        remember()
    counting.count_review(outcome)
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


def _come_back(jobs: Jobs, key: Key, *, incomplete: bool) -> None:
    """Queue another review where GitLab could not give a file, a few times and each time later."""
    name = f"incomplete:{key.lane}"
    tries = int(jobs.recall(name) or 0)
    if incomplete and tries < len(INCOMPLETE_SECONDS):
        jobs.push(key, delay_seconds=INCOMPLETE_SECONDS[tries])
        jobs.remember(name, str(tries + 1))
    elif tries and not incomplete:
        jobs.remember(name, None)


def _command(
    forge: Forge, jobs: Jobs, key: Key, review_settings: ReviewSettings, gating: Gating | None
) -> None:
    """Obeys one comment; the bot is about to speak there, so that is remembered first.

    Where the project has a gate, a review follows, which brings the commit status up to date.
    """
    jobs.remember(_spoken(key), "yes")
    gated = gating is not None and (review_settings.organisation.gate or gating.default) is not Gate.OFF
    if gated:  # before the command: a process that dies after it leaves nothing undone
        jobs.push(Key(port.REVIEW, key.project_id, key.iid))
    obeyed = run_command(forge, key.project_id, key.iid, key.note_id, review_settings, _today())
    if obeyed.digest:
        jobs.remember(_obeyed(key), obeyed.digest)
    if gating is not None and not gated and gating.wanted(obeyed.outcome):
        jobs.push(Key(port.REVIEW, key.project_id, key.iid))
    counting.count_commands(obeyed)


def _obeyed(key: Key) -> str:
    return f"obeyed:{key.lane}:{key.note_id}"


def _spoken(key: Key) -> str:
    return f"spoken:{key.lane}"


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _hook(client: Client, settings: Settings, jobs: Jobs, project_id: int, hold: Hold) -> None:
    """Gives a project that the bot can see a hook of its own, or repairs it: a system hook carries no comments.

    Only where the service was given GITLAB_PROVISION_TOKEN and PUBLIC_URL.
    """
    if settings.gitlab_provision_token is None or settings.public_url is None:
        return
    try:
        client.read(f"/projects/{project_id}")
    except ClientError:
        return
    secrets = Secrets.newest(settings.webhook_secrets, settings.webhook_signing_tokens)
    provisioner = open_client(settings, settings.gitlab_provision_token, hold)
    for line in provision(provisioner, settings.public_url, secrets, HookPlace.of_project(project_id)):
        log.info("%s", line)
    jobs.remember(_hooked(project_id), _today().isoformat())


def _hooked(project_id: int) -> str:
    return f"hooked:{project_id}"


@dataclass(slots=True)
class _SweepQueue:
    """The queue as the sweep fills it, and once a day a look at the hook of each project that is alive."""

    jobs: Jobs
    seen: set[int] = field(default_factory=set)

    def review(self, project_id: int, iid: int) -> None:
        self.jobs.push(Key(REVIEW, project_id, iid))
        if project_id not in self.seen:
            self.seen.add(project_id)
            if self.jobs.recall(_hooked(project_id)) not in {None, _today().isoformat()}:
                self.jobs.push(Key(port.HOOK, project_id))

    def command(self, project_id: int, iid: int, note_id: int) -> None:
        self.jobs.push(Key(port.COMMAND, project_id, iid, note_id))


def sweep_once(forge: Lists, jobs: Jobs) -> None:
    """Queues what webhooks have missed since the last sweep, and looks once a day at the hooks of living projects.

    Those are the projects that have got a hook by `_hook`, and in which a merge request has changed.
    """
    last = jobs.recall(SWEPT)
    since = dt.datetime.fromisoformat(last) if last else None
    swept = sweep(forge, since, dt.datetime.now(dt.UTC), _SweepQueue(jobs))
    jobs.remember(SWEPT, swept.next_since.isoformat())
    counting.count_sweep(swept)
    log.info(
        "swept",
        extra={
            "fields": {
                "merge_requests": swept.merge_requests,
                "commands": swept.commands,
                "todos": swept.todos,
            }
        },
    )
