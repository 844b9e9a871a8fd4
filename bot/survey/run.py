"""Survey project after project: what has changed is read, what has not is confirmed, what fails is named.

Everything is kept project by project, so that a run that was killed goes on where it was. A project at which the
program died twice is passed over, and reported.
"""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from typing import TYPE_CHECKING

from bot.errors import ForgeBusy, ForgeRefused, described
from bot.lazy import dataclass
from bot.survey.digest import digest
from bot.survey.proposals import proposal_for
from bot.survey.reading import read_standing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bot.analysis.policy import ReviewPolicy
    from bot.survey.ports import KnownProject, Listed, Record, Source, SurveyStore
    from bot.survey.proposals import Proposal

MAX_ATTEMPTS = 2
MOST_BUSY = 3
"""So many projects in a row without an answer end the run: GitLab is away, and the next call goes on."""
FRESH_SECONDS = 2 * 3600
"""GitLab notes a project's activity once an hour at most (app/models/event.rb, 2026-11): a time of activity that is
younger than this when the project is surveyed hides a later push."""


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """What a survey goes by. `version` is the program's: another one reads everything again."""

    version: str
    organisation: ReviewPolicy
    most_files: int
    group: str | None = None
    everything: bool = False
    """read every project again, changed or not"""
    limited: Callable[[], AbstractContextManager[object]] = nullcontext
    """within it a project is judged; it may end that by raising TimeoutError"""
    propose: Callable[[Listed, str, Proposal], object] | None = None
    """what offers the proven fixes of a project that was read; None: nothing is offered"""


@dataclass(slots=True)
class Surveyed:
    """What a run came to, in projects."""

    read: int = 0
    unchanged: int = 0
    empty: int = 0
    failed: int = 0
    resumed: int = 0
    """dealt with by an earlier, interrupted part of the same run"""
    forgotten: int = 0

    @property
    def total(self) -> int:
        """How many projects there are."""
        return self.read + self.unchanged + self.empty + self.failed + self.resumed


def survey(
    source: Source,
    store: SurveyStore,
    settings: SurveySettings,
    now: Callable[[], int],
    step: Callable[[Listed, str], object] = lambda _listed, _outcome: None,
) -> Surveyed:
    """Survey every project, and return what that came to. `step` hears of each project and its outcome.

    Raises:
        ForgeRefused: GitLab refuses the token. What is done is kept; the next call goes on.
        ForgeBusy: GitLab has stopped answering; the same.
    """
    run = store.resume(settings.group or "", now())
    done = store.done(run)
    counted = Surveyed()
    in_a_row = 0
    for listed in source.projects(settings.group):
        if not settings.organisation.reviews(listed.project.path):
            continue
        if listed.id in done:
            counted.resumed += 1
            continue
        outcome = _survey_project(source, store, settings, run, listed, now)
        if isinstance(outcome, ForgeBusy):
            in_a_row += 1
            if in_a_row == MOST_BUSY:
                raise outcome
            outcome = "failed"
        else:
            in_a_row = 0
        setattr(counted, outcome, getattr(counted, outcome) + 1)
        step(listed, outcome)
    counted.forgotten = store.finish(run, now())
    return counted


def _survey_project(
    source: Source,
    store: SurveyStore,
    settings: SurveySettings,
    run: int,
    listed: Listed,
    now: Callable[[], int],
) -> str | ForgeBusy:
    """Survey one project; return the name of the count that it goes into, or ForgeBusy where GitLab did not answer."""
    known = store.known(listed.id)
    if known is not None and known.attempts >= MAX_ATTEMPTS:
        store.fail(run, listed, f"the program died at it {MAX_ATTEMPTS} times", now())
        return "failed"
    try:
        settled = known is not None and _is_settled(known, listed, settings)
        sha = known.sha if known and settled else source.head(listed.id, listed.project.default_branch) or ""
        if known is not None and known.sha == sha and _is_current(known, settings):
            store.confirm(run, listed, now())
            return "unchanged"
        record = digest_of_nothing(listed)
        if sha:
            store.begin(run, listed)
            record = _read(source, settings, listed, sha, now())
        store.keep(run, listed, sha, record | {"version": settings.version}, now())
    except ForgeRefused:
        raise
    except ForgeBusy as busy:
        store.fail(run, listed, str(busy), now())
        return busy
    except Exception as problem:  # noqa: BLE001 - one project must not cost the others
        store.fail(run, listed, described(problem), now())
        return "failed"
    return "read" if sha else "empty"


def _read(source: Source, settings: SurveySettings, listed: Listed, sha: str, now: int) -> Record:
    """Return what is found at the commit."""
    protected = source.protected(listed.id)
    listed = listed.protected_by(protected)
    standing = read_standing(source, listed, sha, settings.organisation, settings.most_files)
    today = dt.datetime.fromtimestamp(now, dt.UTC).date()
    with settings.limited():
        record = digest(standing, listed, today)
    record["project"]["protected_known"] = protected is not None
    if protected is None:
        why = "which branches are protected is not known: the bot is no Developer there"
        record["unread"].append(["", 0, why])
    if settings.propose is not None:
        proposal = proposal_for(standing, today)
        if proposal.texts:
            settings.propose(listed, sha, proposal)
    return record


def _is_settled(known: KnownProject, listed: Listed, settings: SurveySettings) -> bool:
    """Whether GitLab's list alone says that nothing can have changed."""
    if not listed.activity or not _is_current(known, settings):
        return False
    try:
        active = dt.datetime.fromisoformat(listed.activity).timestamp()
    except ValueError:
        return False
    return known.activity == listed.activity and active + FRESH_SECONDS < known.surveyed


def _is_current(known: KnownProject, settings: SurveySettings) -> bool:
    return not settings.everything and not known.reason and known.version == settings.version


def digest_of_nothing(listed: Listed) -> Record:
    """Return the record of a project without a commit."""
    project = listed.project
    own = {
        "id": listed.id,
        "path": project.path,
        "namespace_id": listed.namespace_id,
        "default_branch": project.default_branch,
        "protected": [],
        "host": project.host,
        "url": listed.web_url,
    }
    lists: Record = {
        name: [] for name in ("findings", "unread", "roles", "policies", "kv2", "trusts", "jobs")
    }
    return {"project": own, **lists}
