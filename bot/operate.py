"""What an operator starts by hand: one review, a sweep, the hooks, the doctor. Each returns its exit status."""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import TYPE_CHECKING

from app import observe, open_client, open_jobs
from bot.doctor import CheckState, diagnose
from bot.documents.globs import matches
from bot.errors import ForgeMissing, SealcheckError, SettingsError
from bot.gitlab import provision as hooks
from bot.gitlab.client import ClientError, quoted
from bot.gitlab.forge import GitLabForge
from bot.gitlab.provision import INSTANCE, MISSING, HookPlace, NotAllowed
from bot.organisation import organisation_of
from bot.review.run import dry_text, review
from bot.settings import load
from bot.work import gating_of, review_settings_of, sweep_once

if TYPE_CHECKING:
    from bot.gitlab.client import Client
    from bot.review.run import ReviewOutcome, ReviewSettings
    from bot.settings import Settings


def sweep(*, once: bool) -> int:
    """The exit status after looking for what was missed: once, or again and again until it is stopped."""
    settings = load()
    observe(settings, "sweep")
    jobs = open_jobs(settings)
    forge = GitLabForge(open_client(settings, settings.gitlab_token), max_file_bytes=settings.max_file_bytes)
    while True:
        sweep_once(forge, jobs)
        if once:
            return 0
        time.sleep(settings.sweep_interval_seconds)


def review_now(project: str, iid: int, *, dry_run: bool) -> int:
    """The exit status after one review in this process. `project` is a path or an id."""
    settings = load()
    observe(settings, "review")
    client = open_client(settings, settings.gitlab_token)
    try:
        found = client.read(f"/projects/{quoted(project)}")
    except ClientError as refusal:
        raise _not_found(f"the project {project}", refusal, client) from refusal
    forge = GitLabForge(client, max_file_bytes=settings.max_file_bytes)
    today = dt.datetime.now(dt.UTC).date()
    try:
        ids = found["id"], iid

        def reviewed(review_settings: ReviewSettings) -> ReviewOutcome:
            return review(forge, *ids, review_settings, today, dry_run=dry_run)

        review_settings = review_settings_of(settings, organisation_of(settings.policy_file))
        gating = gating_of(settings, client, forge)
        outcome = reviewed(review_settings) if dry_run else gating.around(*ids, review_settings, reviewed)
    except ForgeMissing as missing:
        raise ForgeMissing(f"{project} has no merge request !{iid} that the bot can see") from missing
    sys.stdout.write(dry_text(outcome) if dry_run else f"{len(outcome.findings)} findings reviewed\n")
    return 0


def provision(*, dry_run: bool, group: str | None, projects: str | None, rotate: bool, remove: bool) -> int:
    """The exit status after installing, repairing or removing hooks; a line per thing done on stdout.

    `projects` is a pattern of paths, like `platform/**`, of the projects that the bot is a member of.
    """
    settings = load(webhook=True)
    if settings.public_url is None:
        raise SettingsError("PUBLIC_URL: is missing; takes the URL under which GitLab reaches the bot")
    observe(settings, "provision")
    client = open_client(settings, settings.gitlab_provision_token or settings.gitlab_token)
    secrets = hooks.Secrets.newest(settings.webhook_secrets, settings.webhook_signing_tokens)
    for place in _places(settings, group, projects):
        try:
            lines = hooks.provision(
                client, settings.public_url, secrets, place, dry_run=dry_run, rotate=rotate, remove=remove
            )
            for line in lines:
                sys.stdout.write(f"{'would: ' if dry_run else ''}{line}\n")
        except NotAllowed as refused:
            if settings.gitlab_provision_token is not None:
                raise
            raise NotAllowed(
                f"{place.name}: GITLAB_PROVISION_TOKEN is missing, and GITLAB_TOKEN may not do it; "
                f"set GITLAB_PROVISION_TOKEN to the token of {place.need}"
            ) from refused
    return 0


def _places(settings: Settings, group: str | None, projects: str | None) -> list[HookPlace]:
    """Whose hooks are provisioned: a group's, those of projects by a pattern, else the instance's."""
    if projects is None:
        return [INSTANCE if group is None else HookPlace.of_group(group)]
    listed = open_client(settings, settings.gitlab_token).pages("/projects", membership=True, simple=True)
    paths = [each["path_with_namespace"] for each in listed]
    places = [HookPlace.of_project(path) for path in paths if matches(projects, path)]
    if not places:
        raise SealcheckError(f"no project that the bot is a member of matches {projects!r}")
    return places


def _not_found(what: str, refusal: ClientError, client: Client) -> SealcheckError:
    """Return what a refusal means to the person who named `what`."""
    if refusal.status == MISSING:
        return ForgeMissing(f"{what} does not exist on {client.address}, or the bot is not a member of it")
    return refusal


def examine() -> int:
    """Print a line per check as it ends, and return 1 if any failed."""
    settings = load()
    token = settings.gitlab_provision_token
    provisioner = open_client(settings, token) if token else None
    client = open_client(settings, settings.gitlab_token)
    failed = False
    for line in diagnose(settings, client, open_jobs(settings), provisioner):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        failed |= line.result is CheckState.FAIL
    return int(failed)
