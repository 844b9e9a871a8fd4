"""Commit statuses and external status checks, as GitLab accepts them.

A status is in the newest pipeline of its commit, in the stage `external`; without a pipeline GitLab makes one.
A pending or running one of the same name and user is updated, a finished one gets a successor
(gitlabhq app/services/ci/create_commit_status_service.rb, read 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.gate import CommitState, CommitStatus
from bot.errors import ForgeBusy, ForgeRefused
from bot.gitlab.client import CONFLICT, FORBIDDEN, ClientError
from bot.lazy import dataclass
from bot.review.gating import AGAIN_SECONDS, StatusRefused

if TYPE_CHECKING:
    from bot.gitlab.client import Client
    from bot.review.ports import MergeRequest

NAME = "sealcheck"
MAX_TEXT = 255
"""GitLab's limit of a description and of a target URL, in characters."""
BAD_REQUEST, UNPROCESSABLE = 400, 422
SAME_STATE = "Cannot transition status"
"""How GitLab refuses a state that the status has already, or can no longer get (400)."""
_ANSWERS = {True: "passed", False: "failed", None: "pending"}


@dataclass(frozen=True, slots=True)
class GitLabStatuses:
    """The port `bot.review.gating.Statuses`. A fork's head has its status in the fork, where its pipelines run."""

    client: Client

    def latest(self, mr: MergeRequest) -> CommitStatus | None:
        """The bot's newest status of the head."""
        path = f"/projects/{mr.source_project_id}/repository/commits/{mr.refs.head_sha}/statuses"
        try:
            found = [
                each for each in self.client.pages(path, name=NAME) if each["status"] in set(CommitState)
            ]
        except ClientError as refusal:
            raise _refused(refusal) from refusal
        newest = max(found, key=lambda each: int(each["id"]), default=None)
        return (
            CommitStatus(CommitState(newest["status"]), newest.get("description") or "") if newest else None
        )

    def write(self, mr: MergeRequest, status: CommitStatus, url: str) -> None:
        """Gives the head that status; one that it has already is fine."""
        link = {"target_url": url} if url and len(url) <= MAX_TEXT else {}
        path = f"/projects/{mr.source_project_id}/statuses/{mr.refs.head_sha}"
        description = status.description[:MAX_TEXT]
        try:
            self.client.write(
                "post", path, name=NAME, state=status.state.value, description=description, **link
            )
        except ClientError as refusal:
            if refusal.status == CONFLICT:  # another update of this commit's statuses is in progress
                raise ForgeBusy(f"the commit status: {refusal}", AGAIN_SECONDS) from refusal
            same = refusal.status == BAD_REQUEST and SAME_STATE in refusal.message
            if not (same and status.state is CommitState.PENDING):
                raise _refused(refusal) from refusal

    def answer_checks(self, mr: MergeRequest, status: CommitStatus) -> None:
        """Answers the external status checks named like the bot. GitLab has them with Ultimate alone."""
        path = f"/projects/{mr.project.id}/merge_requests/{mr.iid}"
        answer = _ANSWERS[status.passes]
        try:
            checks = list(self.client.pages(f"{path}/status_checks"))
            for each in checks:
                if str(each.get("name", "")).strip().lower() == NAME and each.get("status") != answer:
                    self.client.write(
                        "post",
                        f"{path}/status_check_responses",
                        sha=mr.refs.head_sha,
                        external_status_check_id=each["id"],
                        status=answer,
                    )
        except ForgeRefused:
            return  # 401 is also what a project without the licence answers (ee/lib/api/status_checks.rb, 2026-11)
        except ClientError as refusal:
            if refusal.status == CONFLICT:  # the head moved: its own review answers
                return
            if refusal.status in {BAD_REQUEST, FORBIDDEN, UNPROCESSABLE}:
                raise StatusRefused(f"the external status check: {refusal}") from refusal


def _refused(refusal: ClientError) -> StatusRefused:
    needs = (
        "; the bot needs the role Developer, in a fork's project as well, and on a protected branch the right to push "
        "or merge"
    )
    return StatusRefused(f"{refusal}{needs if refusal.status != UNPROCESSABLE else ''}")
