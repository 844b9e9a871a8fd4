"""`sealcheck audit --project`: the code is that of a GitLab project, and the result may be kept for its readers."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from app import observe, open_client
from bot.analysis.policy import ReviewPolicy
from bot.console.audits import AuditedFinding, AuditRecord, open_audits
from bot.documents.location import Unreadable
from bot.errors import WrongCall
from bot.gitlab.forge import GitLabForge
from bot.gitlab.projects import GitLabProjects, RequestPace
from bot.running.call import run_audit
from bot.running.judging import Code
from bot.settings import load
from bot.survey.ports import ProjectUnreadable
from bot.survey.reading import read_standing

if TYPE_CHECKING:
    from bot.report.outcome import ScanOutcome
    from bot.running.options import AuditCall
    from bot.survey.ports import Listed

MOST_FILES = 10_000
"""A repository of Vault's configuration is read whole."""


def audit_project(call: AuditCall, project: str | None, *, record: bool) -> int:
    """Return the exit status of the audit.

    Raises:
        SealcheckError: the call or a setting is wrong, or GitLab, the database or the server cannot be reached.
    """
    if project is None:
        raise WrongCall("--record keeps the result for the readers of a project; --project says of which")
    if call.against is not None:
        raise WrongCall("--against names files, --project a project of GitLab; give one of them")
    settings = load()
    observe(settings, "audit")
    client = open_client(settings, settings.gitlab_token)
    source = GitLabProjects(
        client, GitLabForge(client, max_file_bytes=settings.max_file_bytes), RequestPace(0)
    )
    listed = source.one(project)
    audits = open_audits(settings.database_url, settings.sqlite_path)

    def keep(outcome: ScanOutcome) -> None:
        if record:
            audits.keep(record_of_audit(outcome, listed, int(time.time())))

    return run_audit(call, os.environ, sys.stdout, _code_of(source, listed), keep)


def _code_of(source: GitLabProjects, listed: Listed) -> Code:
    sha = source.head(listed.id, listed.project.default_branch)
    if sha is None:
        raise ProjectUnreadable(
            f"{listed.project.path}: the branch {listed.project.default_branch} has no commit"
        )
    standing = read_standing(source, listed, sha, ReviewPolicy(), MOST_FILES)
    repository = standing.repository
    errors = tuple(repository.documents.unread(repository.tree))
    if standing.beyond:
        reason = f"not checked: {standing.beyond} files beyond the first {MOST_FILES}"
        errors += (Unreadable(listed.project.path, 0, reason),)
    return Code(repository, errors)


def record_of_audit(outcome: ScanOutcome, listed: Listed, now: int) -> AuditRecord:
    """Return what is kept of an audit: no text of an entry, and nothing that a report does not say."""
    return AuditRecord(
        outcome.server,
        listed.id,
        listed.project.path,
        now,
        len(outcome.entries),
        tuple(
            AuditedFinding(
                each.fingerprint,
                each.rule,
                each.severity.rank,
                each.span.path,
                each.subject,
                each.message,
                each.ignored or "",
            )
            for each in outcome.findings
        ),
        tuple((each.path, each.reason) for each in outcome.errors),
        len(outcome.drift),
    )
