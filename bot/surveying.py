"""`sealcheck survey`, `who-can` and `reach`: what is on default branches, and who reaches what."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
from typing import TYPE_CHECKING

from app import observe, open_client
from bot import __version__
from bot.console.surveys import open_surveys
from bot.errors import WrongCall
from bot.gitlab.forge import GitLabForge
from bot.gitlab.projects import GitLabProjects, RequestPace
from bot.gitlab.proposals import Proposals
from bot.observability.scrubbing import Scrubber
from bot.organisation import organisation_of
from bot.settings import load
from bot.survey.organisation import Organisation
from bot.survey.report import (
    counted_text,
    reach_json,
    reach_text,
    survey_json,
    survey_text,
    who_can_json,
    who_can_text,
)
from bot.survey.run import SurveySettings, survey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bot.console.surveys import Surveys
    from bot.survey.ports import Listed
    from bot.survey.proposals import Proposal
    from bot.survey.run import Surveyed


class NotSurveyed(WrongCall):
    """Nothing is known of what is asked about."""


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise TimeoutError within the block once it takes longer."""

    def end(_number: int, _frame: object) -> None:
        raise TimeoutError(f"it took longer than {seconds} s (SEALCHECK_REVIEW_TIMEOUT_SECONDS)")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def survey_now(
    *,
    group: str | None,
    per_minute: int,
    most_files: int,
    everything: bool,
    open_merge_requests: bool,
    form: str,
) -> int:
    """Survey every project and print the result; return 1 where something could not be surveyed, else 0."""
    settings = load()
    observe(settings, "survey")
    client = open_client(settings, settings.gitlab_token)
    forge = GitLabForge(client, max_file_bytes=settings.max_file_bytes)
    scrub = Scrubber(settings.secret_values).text
    store = open_surveys(settings.database_url, settings.sqlite_path, scrub)
    proposals = Proposals(client)

    def propose(listed: Listed, sha: str, proposal: Proposal) -> None:
        sys.stderr.write(f"{listed.project.path}: merge request {proposals.offer(listed, sha, proposal)}\n")

    survey_settings = SurveySettings(
        __version__,
        organisation_of(settings.policy_file),
        most_files,
        group,
        everything,
        limited=lambda: at_most(settings.review_timeout_seconds),
        propose=propose if open_merge_requests else None,
    )
    began = time.monotonic()

    def step(listed: Listed, outcome: str) -> None:
        if sys.stderr.isatty() or outcome == "failed":
            sys.stderr.write(f"{outcome}: {listed.project.path}\n")

    source = GitLabProjects(client, forge, RequestPace(per_minute))
    counted = survey(source, store, survey_settings, lambda: int(time.time()), step)
    seconds = time.monotonic() - began
    spent = f"{sum(client.requests.values())} requests, {seconds:.0f} s"
    return _report(store, f"{_counts(counted)}, {spent}", form)


def _report(store: Surveys, summary: str, form: str) -> int:
    """Print all that is surveyed, as text with `summary` or as JSON; return 1 where a project failed, else 0."""
    records, failures = list(store.records()), store.failures()
    if form == "json":
        _print(survey_json(records, failures, Organisation(records)))
    else:
        sys.stdout.write(survey_text(records, failures, summary))
    return int(bool(failures))


def _counts(counted: Surveyed) -> str:
    """Return how many projects there were, and what became of them."""
    parts = counted_text(
        (
            ("read", counted.read),
            ("unchanged", counted.unchanged),
            ("without a commit", counted.empty),
            ("failed", counted.failed),
            ("done before an interruption", counted.resumed),
            ("forgotten", counted.forgotten),
        )
    )
    return f"{counted.total} projects ({parts})"


def who_can(path: str, capability: str, form: str) -> int:
    """Print who can use a path; return 1 where no job can, else 0."""
    store, organisation = _organisation()
    reading = organisation.who_can(path, capability)
    failures = store.failures()
    if form == "json":
        _print(who_can_json(reading, path, failures))
    else:
        sys.stdout.write(who_can_text(reading, path, failures))
    return int(not (reading.everyone or reading.accesses))


def reach(project: str, form: str) -> int:
    """Print what a project can reach; return 0.

    Raises:
        NotSurveyed: no such project was surveyed.
    """
    store, organisation = _organisation()
    if project not in organisation.records:
        near = [
            path for path in organisation.records if path.rpartition("/")[2] == project.rpartition("/")[2]
        ]
        meant = f"; did you mean {near[0]}?" if near else ""
        raise NotSurveyed(f"no surveyed project is called {project!r}{meant}")
    failures = store.failures()
    if form == "json":
        _print(reach_json(project, organisation, failures))
    else:
        sys.stdout.write(reach_text(project, organisation, failures))
    return 0


def _organisation() -> tuple[Surveys, Organisation]:
    settings = load()
    store = open_surveys(settings.database_url, settings.sqlite_path)
    organisation = Organisation(store.records())
    if not organisation.records:
        raise NotSurveyed("nothing is surveyed yet: run `sealcheck survey` first, with the same DATABASE_URL")
    return store, organisation


def _print(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
