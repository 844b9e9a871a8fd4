"""Everything the stand-in knows: users, projects, merge requests, and what happened to them."""

from __future__ import annotations

import hashlib
import itertools
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.gitlab_double.git import Repository
from tests.gitlab_double.model import (
    OWNER,
    Discussion,
    Hook,
    Limits,
    Mail,
    MergeRequest,
    Project,
    Todo,
    Token,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION = "19.5.1-ee"


class World:
    """State, and the lock that guards it. `announce` is set by the part that delivers webhooks."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.limits = Limits()
        self.users: dict[int, User] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: dict[int, Project] = {}
        self.group_hooks: dict[str, list[Hook]] = {}
        self.system_hooks: list[Hook] = []
        self.todos: list[Todo] = []
        self.mails: list[Mail] = []
        self.quick_actions_run: list[tuple[str, str, str]] = []
        """(who, command, argument) of every quick action that a comment made GitLab execute"""
        self.break_bulk_publish_after: int | None = None
        """the next bulk_publish publishes so many notes, then answers 500"""
        self.authors_resolve = False
        """of the two readings of who may resolve a thread, the one of GitLab's source; else that of its documentation"""
        self.knows_signing_tokens = True
        """since 19.0; an older GitLab accepts the parameter and does nothing with it"""
        self.shows_suggestions = True
        """whether notes have the field `suggestions`, as since about GitLab 18.5"""
        self.note_seconds = 0.0
        """what it takes GitLab to write one comment; others may ask meanwhile"""
        self.note_times: dict[int, list[float]] = {}
        self.local_requests = True
        """Admin > Settings > Network > Outbound requests: whether webhooks may go to local addresses"""
        self.url = ""
        self.announce: Callable[..., None] = lambda *_args, **_named: None
        self._closing = False
        self._writing = threading.Condition(self.lock)
        self._folder = tempfile.TemporaryDirectory(prefix="gitlab-double-")
        self._ids: dict[str, Iterator[int]] = {}

    def close(self) -> None:
        with self._writing:
            self._closing = True
            self._writing.notify_all()
        self._folder.cleanup()

    def write_slowly(self) -> None:
        """Lets the time of one comment pass, with the lock free for others; called under the lock."""
        self.pass_time(self.note_seconds)

    def pass_time(self, seconds: float) -> None:
        """Waits, unless the stand-in closes."""
        with self._writing:
            self._writing.wait_for(lambda: self._closing, seconds)

    def ids(self, kind: str) -> Iterator[int]:
        """Counts up: each kind of thing has numbers of its own, so that tests see which one was meant."""
        starts = {
            "user": 1,
            "project": 42,
            "merge_request": 9001,
            "note": 1001,
            "suggestion": 501,
            "draft": 701,
        }
        return self._ids.setdefault(kind, itertools.count(starts.get(kind, 1)))

    def next_id(self, kind: str) -> int:
        return next(self.ids(kind))

    def hash_id(self, kind: str) -> str:
        """A 40-digit id, as discussions have."""
        return hashlib.sha1(f"{kind}:{self.next_id(kind)}".encode(), usedforsecurity=False).hexdigest()

    def now(self) -> datetime:
        return datetime.now(UTC)

    # People

    def add_user(self, username: str, *, name: str = "", admin: bool = False) -> User:
        user = User(self.next_id("user"), username, name or username.replace("-", " ").title(), admin)
        self.users[user.id] = user
        return user

    def user(self, username: str) -> User | None:
        return next((user for user in self.users.values() if user.username == username), None)

    def add_token(self, value: str, user: User, scopes: tuple[str, ...] = ("api",)) -> Token:
        self.tokens[value] = Token(value, user, self.next_id("token"), scopes)
        return self.tokens[value]

    # Projects

    def add_project(self, path: str, *, fork_of: Project | None = None) -> Project:
        number = self.next_id("project")
        repository = fork_of.repository if fork_of else Repository(Path(self._folder.name) / f"{number}.git")
        project = Project(number, path, repository, forked_from=fork_of)
        if fork_of:
            project.branches = dict(fork_of.branches)
        self.projects[number] = project
        return project

    def find_project(self, reference: str) -> Project | None:
        if reference.isdigit():
            return self.projects.get(int(reference))
        return next((each for each in self.projects.values() if each.path.lower() == reference.lower()), None)

    def note_activity(self, project: Project) -> None:
        """Something happened there: a push to a fork is the fork's activity alone."""
        if project.last_activity_at is None or self.now() - project.last_activity_at >= timedelta(hours=1):
            project.last_activity_at = self.now()

    def access(self, user: User | None, project: Project) -> int:
        """The role of a user in a project, 0 for none. An administrator is an owner everywhere."""
        if user is None:
            return 0
        return OWNER if user.admin else project.members.get(user.id, 0)

    def can_see(self, user: User | None, project: Project) -> bool:
        return project.visibility == "public" or self.access(user, project) > 0

    def resolve_ref(self, project: Project, ref: str) -> str | None:
        """The commit behind a branch, a tag, a hash or refs/merge-requests/N/head; None where there is none."""
        for prefix, names in (("refs/heads/", project.branches), ("refs/tags/", project.tags)):
            if ref.startswith(prefix):
                return names.get(ref.removeprefix(prefix))
        if ref.startswith("refs/merge-requests/"):
            iid, _, kind = ref.removeprefix("refs/merge-requests/").partition("/")
            merge_request = project.merge_requests.get(int(iid)) if iid.isdigit() else None
            return (
                merge_request.version.head
                if merge_request and merge_request.versions and kind == "head"
                else None
            )
        if ref == "HEAD":
            ref = project.default_branch
        if ref in project.branches:
            return project.branches[ref]
        if ref in project.tags:
            return project.tags[ref]
        if 7 <= len(ref) <= 40 and set(ref) <= set("0123456789abcdef") and project.repository.has(ref):
            return project.repository.run("rev-parse", ref).decode().strip()
        return None

    # Merge requests

    def merge_requests(self) -> list[MergeRequest]:
        return [each for project in self.projects.values() for each in project.merge_requests.values()]

    def can_resolve(self, user: User, merge_request: MergeRequest, thread: Discussion | None = None) -> bool:
        """Developers, and the author of the merge request (doc/api/discussions.md).

        Where `authors_resolve`, those who opened the `thread` too, whatever their role (app/policies/note_policy.rb).
        """
        if user is merge_request.author or self.access(user, merge_request.project) >= 30:
            return True
        return self.authors_resolve and thread is not None and thread.first.author is user

    def send_mail(self, kind: str, author: User, merge_request: MergeRequest, text: str) -> None:
        self.mails.append(Mail(kind, author.username, merge_request.iid, text))
