"""One merge request with fixes for each project: opened once, brought up to date, never opened again once closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import ForgeUnknown
from bot.gitlab.client import ClientError
from bot.lazy import dataclass, regex
from bot.survey.proposals import BRANCH, MARK, TITLE

if TYPE_CHECKING:
    from bot.gitlab.client import Client
    from bot.survey.ports import Listed
    from bot.survey.proposals import Proposal

_DIGEST = regex(rf"<!-- {MARK} (?P<digest>[0-9a-f]+) -->")


@dataclass(frozen=True, slots=True)
class Proposals:
    """Writes through one client."""

    client: Client

    def offer(self, listed: Listed, sha: str, proposal: Proposal) -> str:
        """What became of the proposal, in a word or GitLab's refusal. `sha` is the commit that it changes."""
        try:
            return self._offer(listed, sha, proposal)
        except ClientError as refusal:
            return f"refused: {refusal}; the bot needs the role Developer"
        except ForgeUnknown as unknown:
            return f"not surely written: {unknown}; the next survey of the project looks again"

    def _offer(self, listed: Listed, sha: str, proposal: Proposal) -> str:
        known = self._known(listed)
        if any(each["state"] == "closed" for each in known):
            return "closed by somebody, not opened again"
        standing = next((each for each in known if each["state"] == "opened"), None)
        if standing is not None and _digest(standing) == proposal.digest:
            return "up to date"
        path = f"/projects/{listed.id}"
        self.client.write(
            "post",
            f"{path}/repository/commits",
            branch=BRANCH,
            start_sha=sha,
            force=True,
            commit_message=TITLE,
            actions=[
                {"action": "update", "file_path": name, "content": text}
                for name, text in sorted(proposal.texts.items())
            ],
        )
        if standing is not None:
            self.client.write(
                "put", f"{path}/merge_requests/{standing['iid']}", description=proposal.description
            )
            return f"updated !{standing['iid']}"
        opened = self.client.write(
            "post",
            f"{path}/merge_requests",
            source_branch=BRANCH,
            target_branch=listed.project.default_branch,
            title=TITLE,
            description=proposal.description,
        )
        return f"opened !{opened['iid']}"

    def _known(self, listed: Listed) -> list[dict[str, Any]]:
        """The bot's own merge requests of that branch; a fork's branch of the same name is none."""
        me = self.client.read("/user")["id"]
        query = {"source_branch": BRANCH, "state": "all", "author_id": me}
        found = self.client.pages(f"/projects/{listed.id}/merge_requests", **query)
        return [each for each in found if each.get("source_project_id") == listed.id]


def _digest(merge_request: dict[str, Any]) -> str:
    found = _DIGEST.search(merge_request.get("description") or "")
    return found["digest"] if found else ""
