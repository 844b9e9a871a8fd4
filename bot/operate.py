"""What an operator starts by hand: one review, a sweep, the hooks, the doctor. Each returns its exit status."""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import TYPE_CHECKING

from app import observe, open_client, open_jobs
from bot.doctor import diagnose
from bot.documents.globs import matches
from bot.errors import SealcheckError
from bot.gitlab import provision as hooks
from bot.gitlab.client import quoted
from bot.gitlab.forge import GitLabForge
from bot.gitlab.provision import INSTANCE, Place
from bot.review.run import dry_text, review
from bot.settings import load
from bot.work import sweep_once, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    found = client.read(f"/projects/{quoted(project)}")
    forge = GitLabForge(client, max_file_bytes=settings.max_file_bytes)
    today = dt.datetime.now(dt.UTC).date()
    outcome = review(forge, found["id"], iid, terms_of(settings), today, dry_run=dry_run)
    sys.stdout.write(dry_text(outcome) if dry_run else f"{len(outcome.findings)} findings reviewed\n")
    return 0


def provision(*, dry_run: bool, group: str | None, projects: str | None, rotate: bool, remove: bool) -> int:
    """The exit status after installing, repairing or removing hooks; a line per thing done on stdout.

    `projects` is a pattern of paths, like `platform/**`, of the projects that the bot is a member of.
    """
    settings = load(webhook=True)
    if settings.public_url is None:
        sys.stderr.write("PUBLIC_URL: is missing; takes the URL under which GitLab reaches the bot\n")
        return 2
    observe(settings, "provision")
    client = open_client(settings, settings.gitlab_provision_token or settings.gitlab_token)
    secrets = hooks.Secrets.newest(settings.webhook_secrets, settings.webhook_signing_tokens)
    try:
        places: Iterable[Place] = [INSTANCE if group is None else Place.of_group(group)]
        if projects is not None:
            bots = open_client(settings, settings.gitlab_token)
            listed = (
                each["path_with_namespace"] for each in bots.pages("/projects", membership=True, simple=True)
            )
            places = [Place.of_project(path) for path in listed if matches(projects, path)]
            if not places:
                sys.stderr.write(f"no project that the bot is a member of is like {projects!r}\n")
                return 1
        for place in places:
            for line in hooks.provision(
                client,
                settings.public_url,
                secrets,
                place,
                dry_run=dry_run,
                rotate=rotate,
                remove=remove,
            ):
                sys.stdout.write(f"{'would: ' if dry_run else ''}{line}\n")
    except SealcheckError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def examine() -> int:
    """The exit status of the doctor: a line per check on stdout, 1 if any failed."""
    settings = load()
    token = settings.gitlab_provision_token
    provisioner = open_client(settings, token) if token else None
    client = open_client(settings, settings.gitlab_token)
    lines = list(diagnose(settings, client, open_jobs(settings), provisioner))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return int(not all(line.ok for line in lines))
