"""What a test holds in its hands: a GitLab that can be scripted, watched and broken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from tests.gitlab_double import changes, conversation, notes
from tests.gitlab_double.hooks import Deliverer
from tests.gitlab_double.model import (
    DEVELOPER,
    MAINTAINER,
    Discussion,
    Hook,
    MergeRequest,
    Note,
    Project,
    Suggestion,
    Todo,
    User,
)
from tests.gitlab_double.server import Application, Server
from tests.gitlab_double.world import World

if TYPE_CHECKING:
    from types import TracebackType

Contents = Mapping[str, str | bytes | None]


class GitLabDouble:
    """A GitLab at `url`, with an administrator `root`, a developer `dev` and the bot's user `sealcheck`.

    Use it as a context manager. Everything it was asked is in `log`, what it did not understand in `refused`,
    quick actions that somebody made it run in `quick_actions_run`, e-mails in `mails`, webhooks in `deliveries`.
    """

    BOT_TOKEN = "double-bot-token"
    ADMIN_TOKEN = "double-admin-token"

    def __init__(self, port: int = 0) -> None:
        self.world = World()
        self.deliverer = Deliverer(self.world)
        self.application = Application(self.world, self.deliverer)
        self._server = Server(self.application, port=port)
        self.url = self.world.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        self.admin = self.world.add_user("root", admin=True)
        self.dev = self.world.add_user("dev", name="Dana Dev")
        self.bot = self.world.add_user("sealcheck", name="Sealcheck")
        self.world.add_token(self.ADMIN_TOKEN, self.admin)
        self.world.add_token(self.BOT_TOKEN, self.bot)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.application.faults.closing.set()
        self.deliverer.close()
        self._server.shutdown()
        self._server.server_close()
        self.world.close()

    # What was seen

    @property
    def log(self) -> Any:
        return self.application.log

    @property
    def oauth(self) -> Any:
        return self.application.oauth

    @property
    def faults(self) -> Any:
        return self.application.faults

    @property
    def refused(self) -> list[str]:
        return self.application.refused

    @property
    def quick_actions_run(self) -> list[tuple[str, str, str]]:
        return self.world.quick_actions_run

    @property
    def mails(self) -> list[Any]:
        return self.world.mails

    @property
    def deliveries(self) -> list[Any]:
        return self.deliverer.deliveries

    def settle(self, timeout_seconds: float = 30) -> None:
        """Waits until all webhooks so far are delivered."""
        self.deliverer.settle(timeout_seconds)

    # People

    def user(self, username: str, *, role: int = DEVELOPER, projects: tuple[Project, ...] = ()) -> User:
        """A user, made if need be, with a role in the given projects. The token is `token-USERNAME`."""
        user = self.world.user(username)
        if user is None:
            user = self.world.add_user(username)
            self.world.add_token(f"token-{username}", user)
        for project in projects:
            project.members[user.id] = role
        return user

    def set_role(self, user: User, project: Project, role: int) -> None:
        """0 takes the membership away."""
        if role:
            project.members[user.id] = role
        else:
            project.members.pop(user.id, None)

    # Projects, branches, merge requests

    def project(
        self,
        path: str = "platform/payments",
        files: Contents | None = None,
        *,
        bot_role: int = DEVELOPER,
        fork_of: Project | None = None,
    ) -> Project:
        """A private project whose protected branch `main` contains `files`; `dev` is a Developer in it."""
        with self.world.lock:
            project = self.world.add_project(path, fork_of=fork_of)
            project.members = {self.dev.id: DEVELOPER} | ({self.bot.id: bot_role} if bot_role else {})
            if fork_of is None:
                self.commit(
                    project,
                    "main",
                    files if files is not None else {"README.md": "# Example\n"},
                    message="Start",
                )
            self.world.announce("project_create", project=project)
        return project

    def commit(
        self,
        project: Project,
        branch: str,
        contents: Contents,
        *,
        message: str = "Change",
        user: User | None = None,
    ) -> str:
        """A commit on a branch (made from the default branch where it is new), quietly: nothing is announced."""
        with self.world.lock:
            start = None if branch == project.default_branch else project.default_branch
            author = user or self.dev
            return changes.commit(
                self.world, project, branch, contents, author=author, message=message, start=start
            )

    def push(
        self,
        project: Project,
        branch: str,
        contents: Contents,
        *,
        message: str = "Change",
        user: User | None = None,
    ) -> str:
        """A commit that GitLab notices: new versions, traced threads, webhooks. Returns its hash."""
        with self.world.lock:
            old = project.branches.get(branch)
            sha = self.commit(project, branch, contents, message=message, user=user)
            changes.moved(self.world, project, branch, old, user or self.dev)
            return sha

    def force_push(
        self, project: Project, branch: str, contents: Contents, *, onto: str | None = None
    ) -> str:
        """Replaces the branch by one commit on top of `onto` (default: the head of the default branch)."""
        with self.world.lock:
            old = project.branches.get(branch)
            parent = self.world.resolve_ref(project, onto or project.default_branch) or ""
            sha = project.repository.commit((parent,), contents, "Rewritten", self.dev.username)
            project.branches[branch] = sha
            changes.moved(self.world, project, branch, old, self.dev)
            return sha

    def rebase(self, merge_request: MergeRequest) -> str:
        """The source branch as one commit on top of the target branch. Raises GitError on a conflict."""
        with self.world.lock:
            source, branch = merge_request.source_project, merge_request.source_branch
            onto, old = merge_request.project.branches[merge_request.target_branch], source.branches[branch]
            tree = source.repository.run("merge-tree", "--write-tree", onto, old).decode().split()[0]
            source.branches[branch] = source.repository.commit_tree(
                (onto,), tree, "Rebased", self.dev.username
            )
            changes.moved(self.world, source, branch, old, self.dev)
            return source.branches[branch]

    def delete_branch(self, project: Project, branch: str) -> None:
        with self.world.lock:
            old = project.branches.pop(branch)
            changes.moved(self.world, project, branch, old, self.dev)

    def open_merge_request(
        self,
        project: Project,
        contents: Contents | None = None,
        *,
        source_branch: str = "feature",
        target_branch: str = "main",
        title: str = "A change",
        author: User | None = None,
        source_project: Project | None = None,
        draft: bool = False,
        prepared: bool = True,
    ) -> MergeRequest:
        """Opens a merge request from a branch that contains `contents` on top of the target branch.

        With `prepared=False` its diff is not there yet (`diff_refs` null, no hook): see `prepare`.
        """
        with self.world.lock:
            source = source_project or project
            if contents is not None:
                start = project.branches[target_branch]
                changes.commit(
                    self.world,
                    source,
                    source_branch,
                    contents,
                    author=author or self.dev,
                    message=title,
                    start=start,
                )
            return changes.open_merge_request(
                self.world, project, source_branch, target_branch, author=author or self.dev, title=title,
                source_project=source, draft=draft, prepared=prepared,
            )  # fmt: skip

    def prepare(self, merge_request: MergeRequest) -> None:
        with self.world.lock:
            changes.prepare(self.world, merge_request)

    def retarget(self, merge_request: MergeRequest, branch: str) -> None:
        with self.world.lock:
            changes.retarget(self.world, merge_request, branch, self.dev)

    def set_state(self, merge_request: MergeRequest, state: str) -> None:
        """closed, opened (again) or merged."""
        with self.world.lock:
            merge_request.state = state
            action = {"closed": "close", "opened": "reopen", "merged": "merge"}[state]
            self.world.announce("merge_request", merge_request=merge_request, action=action, user=self.dev)

    def edit_title(self, merge_request: MergeRequest, title: str) -> None:
        """An update without oldrev, of which nothing follows for a review."""
        with self.world.lock:
            before, merge_request.title = merge_request.title, title
            changed = {"title": {"previous": before, "current": title}}
            self.world.announce(
                "merge_request", merge_request=merge_request, action="update", user=self.dev, changes=changed
            )

    def request_review(
        self, merge_request: MergeRequest, reviewer: User, *, user: User | None = None
    ) -> None:
        """Asks somebody for a review: an update hook, and a to-do."""
        with self.world.lock:
            asking = user or self.dev
            before = [{"id": each.id, "username": each.username} for each in merge_request.reviewers]
            merge_request.reviewers.append(reviewer)
            merge_request.updated_at = self.world.now()
            current = [*before, {"id": reviewer.id, "username": reviewer.username}]
            number = self.world.next_id("todo")
            self.world.todos.append(
                Todo(number, reviewer, asking, merge_request, None, "review_requested", self.world.now())
            )
            self.world.announce(
                "merge_request", merge_request=merge_request, action="update", user=asking,
                changes={"reviewers": {"previous": before, "current": current}},
            )  # fmt: skip

    def mark_ready(self, merge_request: MergeRequest) -> None:
        """A draft becomes a merge request that is ready for review: an update without oldrev."""
        with self.world.lock:
            merge_request.draft, merge_request.updated_at = False, self.world.now()
            self.world.announce(
                "merge_request", merge_request=merge_request, action="update", user=self.dev,
                changes={"draft": {"previous": True, "current": False}},
            )  # fmt: skip

    # Conversation

    def comment(
        self,
        user: User,
        merge_request: MergeRequest,
        text: str,
        discussion: Discussion | None = None,
        *,
        internal: bool = False,
    ) -> Note | None:
        """A person's comment, alone or in a thread; None where it held nothing but quick actions."""
        with self.world.lock:
            try:
                kind = "DiscussionNote" if discussion else None
                return notes.create(
                    self.world, merge_request, user, text, kind=kind, discussion=discussion, internal=internal
                )
            except notes.CommandsOnly:
                return None

    def edit(self, editor: User, note: Note, text: str) -> None:
        with self.world.lock:
            notes.edit(self.world, note, editor, text)

    def resolve(self, user: User, discussion: Discussion, *, resolved: bool = True) -> None:
        with self.world.lock:
            notes.resolve(self.world, discussion, user, resolved=resolved)

    def threads(self, merge_request: MergeRequest, *, by: User | None = None) -> list[Discussion]:
        """The resolvable threads, or those that a user opened."""
        found = [each for each in merge_request.discussions if each.resolvable]
        return [each for each in found if by in {None, each.first.author}]

    def suggestions(self, merge_request: MergeRequest) -> list[Suggestion]:
        """Those that are not applied yet, in the order of the threads."""
        return [each for note in merge_request.notes for each in note.suggestions if not each.applied]

    def apply_suggestion(self, user: User, *chosen: Suggestion) -> str:
        """Applies suggestions in one commit; raises Refused with GitLab's words where it would not."""
        with self.world.lock:
            return changes.apply_suggestions(self.world, list(chosen), user, None)

    def conversation(self, merge_request: MergeRequest) -> str:
        """The whole conversation as a reader sees it in GitLab, as stable text for golden tests."""
        with self.world.lock:
            return conversation.text(self.world, merge_request)

    def html(self, merge_request: MergeRequest) -> str:
        """The same as a page."""
        from tests.gitlab_double import page

        with self.world.lock:
            return page.html(self.world, merge_request)

    # Webhooks, trouble

    def hook(
        self,
        url: str,
        where: Project | str | None = None,
        *,
        token: str = "",
        signing_token: str = "",
        events: tuple[str, ...] = ("merge_requests_events", "note_events"),
    ) -> Hook:
        """A hook of a project, of a group (by its path) or, with None, of the whole instance."""
        with self.world.lock:
            kind = "project" if isinstance(where, Project) else "group" if where else "system"
            hook = Hook(
                self.world.next_id("hook"),
                url,
                kind,
                where,
                dict.fromkeys(events, True),
                token,
                signing_token,
            )
            if isinstance(where, Project):
                where.hooks.append(hook)
            elif where:
                self.world.group_hooks.setdefault(where, []).append(hook)
            else:
                self.world.system_hooks.append(hook)
            return hook

    def break_bulk_publish(self, after: int) -> None:
        """The next bulk_publish publishes so many drafts and answers 500; the drafts all stay."""
        self.world.break_bulk_publish_after = after

    def revoke(self, token: str = BOT_TOKEN) -> None:
        """From now on 401."""
        self.world.tokens[token].revoked = True

    def wait_for(self, condition: Callable[[], Any], timeout_seconds: float = 30) -> Any:
        """What `condition` returns once it is true; raises TimeoutError."""
        until = time.monotonic() + timeout_seconds
        while not (found := condition()):
            if time.monotonic() > until:
                raise TimeoutError("nothing came of it")
            time.sleep(0.02)
        return found

    MAINTAINER = MAINTAINER
