"""The port `bot.survey.ports.Source`: projects, their default branches and files, within a budget of requests."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import field
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from bot.errors import ForgeBusy, ForgeLimited, ForgeMissing
from bot.gitlab import convert
from bot.gitlab.client import PER_PAGE, ClientError, quoted
from bot.lazy import dataclass
from bot.survey.ports import Listed, ProjectUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.gitlab.client import Client
    from bot.gitlab.forge import GitLabForge
    from bot.review.ports import Absent

T = TypeVar("T")
MISSING = 404
MAX_TREE_PAGES = 100
WAITS, WAITS_WHILE_BUSY = 10, 2
"""So often a request is sent again after a pause: one that GitLab asks for (429), and one while it does not answer."""


@dataclass(slots=True)
class RequestPace:
    """At most `per_minute` requests within 60 seconds; 0 is no limit."""

    per_minute: int
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _sent: deque[float] = field(default_factory=deque)

    def spend(self) -> None:
        """Wait until one more request is within the budget."""
        if not self.per_minute:
            return
        while self._sent and self._sent[0] <= self.now() - 60.0:
            self._sent.popleft()
        if len(self._sent) >= self.per_minute:
            self.sleep(max(0.0, self._sent[0] + 60.0 - self.now()))
            self._sent.popleft()
        self._sent.append(self.now())


class GitLabProjects:
    """Reads through one client. A pause that GitLab asks for is waited for: a survey is in no hurry."""

    def __init__(self, client: Client, forge: GitLabForge, pace: RequestPace) -> None:
        self._client = client
        self._forge = forge
        self._pace = pace
        self._has_answered = False

    def projects(self, group: str | None) -> Iterator[Listed]:
        """The projects that are not archived, by number: new ones in the meantime move no page."""
        query: dict[str, Any] = {"archived": False, "order_by": "id", "sort": "asc", "per_page": PER_PAGE}
        if group is None:
            path = "/projects"
            query["membership"] = not self._patiently(lambda: self._client.read("/user")).get(
                "is_admin", False
            )
        else:
            path = f"/groups/{quoted(group)}/projects"
            query |= {"include_subgroups": True, "with_shared": False}
        last, page = 0, 1
        while True:
            cursor = {"id_after": last} if group is None else {"page": page}
            try:
                given = self._patiently(lambda cursor=cursor: self._client.read(path, **query, **cursor))  # type: ignore[misc]
            except ClientError as refusal:
                what = f"the group {group}" if group else "the list of projects"
                raise ForgeMissing(f"{what} cannot be read: {refusal}") from refusal
            for each in given:
                yield _listed(each)
            if len(given) < PER_PAGE:
                return
            last, page = given[-1]["id"], page + 1

    def one(self, path: str) -> Listed:
        """The project at that path, or of that number. Raises ForgeMissing."""
        try:
            return _listed(self._patiently(lambda: self._client.read(f"/projects/{quoted(path)}")))
        except ClientError as refusal:
            raise ForgeMissing(f"the project {path} cannot be read: {refusal}") from refusal

    def head(self, project_id: int, branch: str) -> str | None:
        """The commit of a branch; None where there is none."""
        path = f"/projects/{project_id}/repository/branches/{quoted(branch)}"
        try:
            return str(self._patiently(lambda: self._client.read(path))["commit"]["id"])
        except ClientError as refusal:
            if refusal.status == MISSING:
                return None
            raise ProjectUnreadable(str(refusal)) from refusal

    def paths(self, project_id: int, sha: str) -> tuple[str, ...]:
        """Every path of a commit."""
        found: list[str] = []
        page = "1"
        for _ in range(MAX_TREE_PAGES):
            try:
                answer = self._patiently(
                    lambda page=page: self._client.response(  # type: ignore[misc]
                        f"/projects/{project_id}/repository/tree",
                        ref=sha,
                        recursive=True,
                        per_page=PER_PAGE,
                        page=page,
                    )
                )
            except ClientError as refusal:
                raise ProjectUnreadable(str(refusal)) from refusal
            found += [each["path"] for each in answer.json() if each["type"] == "blob"]
            page = answer.headers.get("X-Next-Page", "")
            if not page:
                return tuple(found)
        raise ProjectUnreadable(f"more than {MAX_TREE_PAGES * PER_PAGE} files and folders")

    def text(self, project: int | str, path: str, ref: str) -> str | Absent:
        """A file at a commit or branch."""
        return self._patiently(lambda: self._forge.text(project, path, ref))

    def protected(self, project_id: int) -> tuple[str, ...] | None:
        """Names and `*` patterns of the protected branches, None where the bot may not ask."""
        path = f"/projects/{project_id}/protected_branches"
        try:
            return tuple(each["name"] for each in self._patiently(lambda: list(self._client.pages(path))))
        except ClientError:
            return None

    def _patiently(self, ask: Callable[[], T]) -> T:
        """What GitLab answers, after as many pauses as it asks for."""
        for attempt in count():
            self._pace.spend()
            try:
                answer = ask()
            except ForgeBusy as busy:
                most = WAITS if isinstance(busy, ForgeLimited) else WAITS_WHILE_BUSY * self._has_answered
                if attempt >= most:
                    raise
                self._pace.sleep(busy.retry_after_seconds)
            else:
                self._has_answered = True
                return answer
        raise AssertionError("unreachable")  # pragma: no cover


def _listed(given: dict[str, Any]) -> Listed:
    namespace = given.get("namespace") or {}
    return Listed(
        convert.project(given),
        str(given.get("last_activity_at") or ""),
        namespace.get("id"),
        str(given.get("web_url") or ""),
    )
