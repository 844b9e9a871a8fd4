"""Commit statuses and external status checks, as GitLab accepts them.

A status is in the newest pipeline of its commit, in the stage `external`; without a pipeline GitLab makes one.
A pending or running one of the same name and user is updated, a finished one gets a successor
(gitlabhq app/services/ci/create_commit_status_service.rb, read 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.gate import CommitState, CommitStatus
from bot.errors import ForgeBusy, ForgeMissing, ForgeRefused
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


_PIPELINES = 20
"""the newest pipelines of a merge request, of which one may be of its merged result"""


@dataclass(frozen=True, slots=True)
class _Place:
    """A commit that gets the status; with `ref` and `pipeline` in that pipeline of it."""

    project_id: int
    sha: str
    ref: str = ""
    pipeline: int | None = None


@dataclass(frozen=True, slots=True)
class GitLabStatuses:
    """The port `bot.review.gating.Statuses`. A fork's head has its status in the fork, where its pipelines run."""

    client: Client

    def latest(self, mr: MergeRequest) -> CommitStatus | None:
        """The bot's newest status of the head; None where a pipeline of its merged result has another one."""
        try:
            found = {self._newest(place) for place in self._places(mr)}
        except ClientError as refusal:
            raise _refused(refusal) from refusal
        return found.pop() if len(found) == 1 else None

    def write(self, mr: MergeRequest, status: CommitStatus, url: str) -> None:
        """Gives the head that status, and the pipeline of its merged result; one that is there already is fine."""
        link = {"target_url": url} if url and len(url) <= MAX_TEXT else {}
        try:
            for place in self._places(mr):
                if place.pipeline is None or self._newest(place) != status:
                    self._write(place, status, link)
        except ClientError as refusal:
            raise _refused(refusal) from refusal

    def _write(self, place: _Place, status: CommitStatus, link: dict[str, str]) -> None:
        pipeline = {} if place.pipeline is None else {"ref": place.ref, "pipeline_id": place.pipeline}
        body = {"name": NAME, "state": status.state.value, "description": status.description[:MAX_TEXT]}
        try:
            self.client.write(
                "post", f"/projects/{place.project_id}/statuses/{place.sha}", **body, **link, **pipeline
            )
        except ClientError as refusal:
            if refusal.status == CONFLICT:  # another update of this commit's statuses is in progress
                raise ForgeBusy(f"the commit status: {refusal}", AGAIN_SECONDS) from refusal
            same = refusal.status == BAD_REQUEST and SAME_STATE in refusal.message
            if not (same and status.state is CommitState.PENDING):
                raise

    def _newest(self, place: _Place) -> CommitStatus | None:
        path = f"/projects/{place.project_id}/repository/commits/{place.sha}/statuses"
        found = [each for each in self.client.pages(path, name=NAME) if each["status"] in set(CommitState)]
        newest = max(found, key=lambda each: int(each["id"]), default=None)
        return (
            CommitStatus(CommitState(newest["status"]), newest.get("description") or "") if newest else None
        )

    def _places(self, mr: MergeRequest) -> list[_Place]:
        """Where the status belongs: the head, and the newest pipeline of its merged result, where there is one.

        Such a pipeline is of another commit, whose parents are the target and the head
        (docs.gitlab.com/ci/pipelines/merged_results_pipelines, 2026-11).
        """
        head = _Place(mr.source_project_id, mr.refs.head_sha)
        path = f"/projects/{mr.project.id}/merge_requests/{mr.iid}/pipelines"
        ref = f"refs/merge-requests/{mr.iid}/merge"
        try:
            listed = self.client.read(path, per_page=_PIPELINES)
            merged = next((each for each in listed if each.get("ref") == ref), None)
            if merged is None or merged["sha"] == head.sha:
                return [head]
            place = _Place(merged.get("project_id", mr.source_project_id), merged["sha"], ref, merged["id"])
            commit = self.client.read(f"/projects/{place.project_id}/repository/commits/{place.sha}")
        except (ForgeMissing, ClientError):
            return [head]  # a project without pipelines, or a pipeline that is gone
        return [head, place] if head.sha in commit.get("parent_ids", ()) else [head]

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
