"""What is known of clouds at one place: the identities that a job asks for, whose jobs a trust accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clouds.arrows import who_of
from bot.clouds.logins import accepts_audience, logins_of, trusts_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.clouds.model import Trust
    from bot.pipeline.model import Job
    from bot.repository import Repository


def explained_trusts(repository: Repository, path: str, line: int) -> Iterator[list[str]]:
    """Yield a block of lines for each trust at the place."""
    for trust in repository.clouds.trusts:
        if trust.span.path == path and trust.span.start_line <= line <= trust.span.end_line:
            yield list(_trust(trust, repository))


def explained_logins(job: Job, repository: Repository) -> Iterator[str]:
    """The cloud identities that the job asks for, and whether the trust takes its token's audience."""
    for login in logins_of(job):
        asked = login.reference or "the identity of GitLab's Google Cloud integration"
        sent = f", with {login.token.name}" if login.token else ""
        yield f"  asks {login.cloud} for {asked} (by {login.how}{sent})"
        for trust in trusts_for(login, repository.clouds):
            taken = accepts_audience(trust, login.audiences) or not login.audiences
            refused = (
                "" if taken else f"; it accepts {' or '.join(trust.audiences)} alone, so the token is refused"
            )
            place = f"{trust.span.path}:{trust.span.start_line}"
            yield f"    {trust.kind} {trust.name} at {place}: accepts {who_of(trust)}{refused}"
        if not trusts_for(login, repository.clouds):
            yield "    its trust is not in this repository"


def _trust(trust: Trust, repository: Repository) -> Iterator[str]:
    yield f"{trust.kind} {trust.name} ({trust.cloud}), for tokens of {trust.issuer or 'an issuer not known here'}"
    yield f"  it accepts: {who_of(trust)}"
    yield f"  audiences: {', '.join(trust.audiences) or 'not restricted here'}"
    jobs = [
        job.name
        for job in repository.jobs
        if any(trust in trusts_for(login, repository.clouds) for login in logins_of(job))
    ]
    yield f"  jobs that ask for it: {', '.join(jobs) or 'none in this repository'}"
