"""The port `bot.review.ports.Forge`, answered by GitLab's REST API v4."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from bot.documents.kinds import is_named_for_its_kind
from bot.errors import (
    ForgeBusy,
    ForgeForbidden,
    ForgeLimited,
    ForgeMissing,
    ForgeRefused,
    NotReady,
    SealcheckError,
)
from bot.gitlab import convert
from bot.gitlab.client import FORBIDDEN, PER_PAGE, Client, ClientError, quoted
from bot.gitlab.doubt import Doubts, Forgetful
from bot.review.ports import Absent, Changes, Draft, MergeRequest
from bot.review.sweep import Todo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.snapshot import Project
    from bot.threads import Note, Thread

MISSING, BAD_REQUEST = 404, 400
NARROW = "insufficient_scope"
"""GitLab's word for a token whose scope does not suffice, whatever the project (RFC 6750)."""
NARROW_THERE = "insufficient_granular_scope"
"""GitLab's word for a fine-grained token, and for any in a group that wants such tokens (GitLab 19.4, 2026-11)."""
FEW = 20
"""So many groups are asked one by one; more are looked up in the list of all merge requests, of so many pages."""
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"


class GitLabForge:
    """GitLab, in the review's words. One per job: what it keeps (the bot's user, projects) lives as long.

    `before_note` is called before each comment that is not a draft, and may raise. `doubts` outlives the job.
    """

    def __init__(
        self,
        client: Client,
        *,
        max_file_bytes: int,
        bot_id: int | None = None,
        before_note: Callable[[], None] = lambda: None,
        doubts: Doubts | None = None,
    ) -> None:
        self.client = client
        self._bot_id = bot_id
        self._max_file_bytes = max_file_bytes
        self._before_note = before_note
        self._doubts = doubts or Doubts(Forgetful())
        self._projects: dict[int, Project] = {}

    @cached_property
    def bot_id(self) -> int:
        """The id of the bot's own user; asked once, or known from an earlier job."""
        return self._bot_id if self._bot_id is not None else int(self.client.read("/user")["id"])

    def changes(self, project_id: int, iid: int) -> Changes:
        """The changed files; one request for up to 100 of them. `/changes` is deprecated and truncates."""
        try:
            given = list(self.client.pages(f"{_merge_request(project_id, iid)}/diffs"))
        except ClientError as refusal:
            raise _gone(refusal) from refusal
        files = tuple(convert.changed_file(each) for each in given)
        complete = True
        if not files or len(files) >= PER_PAGE or any(file.diff is None for file in files):
            # Empty just after opening, or maybe cut: GitLab collapses files at a tenth of the limits (files, lines,
            # bytes) at which it cuts the list (docs.gitlab.com/administration/diff_limits, 2026-11).
            complete = not self.merge_request(project_id, iid).truncated
        return Changes(files, complete)

    def merge_request(self, project_id: int, iid: int) -> MergeRequest:
        """The merge request now. Raises NotReady while it has no diff refs, ForgeMissing when it is gone."""
        try:
            given = self.client.read(_merge_request(project_id, iid))
        except ClientError as refusal:
            raise _gone(refusal) from refusal
        found = convert.merge_request(given, self._project(project_id))
        if found is None:
            raise NotReady(f"merge request {project_id}!{iid} has no diff yet")
        return found

    def _project(self, project_id: int) -> Project:
        if project_id not in self._projects:
            try:
                given = self.client.read(f"/projects/{project_id}")
            except ClientError as refusal:
                raise _gone(refusal) from refusal
            self._projects[project_id] = convert.project(given)
        return self._projects[project_id]

    def text(self, project: int | str, path: str, ref: str) -> str | Absent:  # noqa: PLR0911 - one answer a line
        """The text of the file at a commit or branch, its byte order mark kept; else why there is none."""
        if not (_is_inside(path) and _is_inside(str(project))):
            return Absent.MISSING
        url = f"/projects/{quoted(project)}/repository/files/{quoted(path)}/raw"
        try:
            content = self.client.content(url, self._max_file_bytes, ref=ref or "HEAD")
        except ClientError as refusal:
            return Absent.MISSING if refusal.status in {MISSING, BAD_REQUEST} else Absent.REFUSED
        except ForgeBusy as busy:
            self._raise_if_away(busy)
            return Absent.FAILED
        if content is None:
            return Absent.TOO_LARGE
        if content.startswith(LFS_POINTER):
            return Absent.LFS
        if b"\0" in content:
            return Absent.BINARY
        try:
            return content.decode()
        except UnicodeDecodeError:
            # Java writes properties in Latin-1.
            return content.decode("latin-1") if is_named_for_its_kind(path) else Absent.NOT_UTF8

    def _raise_if_away(self, busy: ForgeBusy) -> None:
        """Raise `busy` unless GitLab answers something else: then one file fails alone and the rest is read."""
        if isinstance(busy, ForgeLimited):
            raise busy
        try:
            self.client.read("/version")
        except (ForgeBusy, ClientError):
            raise busy from None

    def listing(self, project_id: int, folder: str, ref: str) -> tuple[str, ...] | Absent:
        """Every file below `folder` ("" for all) at `ref`; empty where there is no such folder."""
        query = {"ref": ref, "recursive": True, **({"path": folder} if folder else {})}
        try:
            entries = list(self.client.pages(f"/projects/{project_id}/repository/tree", **query))
        except ClientError as refusal:
            return () if refusal.status == MISSING else Absent.REFUSED
        except ForgeBusy as busy:
            self._raise_if_away(busy)
            return Absent.FAILED
        return tuple(entry["path"] for entry in entries if entry["type"] == "blob")

    def protected_refs(self, project_id: int) -> tuple[str, ...]:
        """Names and `*` patterns of the protected branches; empty where the bot may not ask."""
        try:
            return tuple(
                each["name"] for each in self.client.pages(f"/projects/{project_id}/protected_branches")
            )
        except ClientError:
            return ()

    def settle(self, project_id: int, iid: int) -> None:
        """Return once no earlier write is in doubt there; raises ForgeBusy while GitLab may still be at one."""
        self._doubts.settle(
            f"{project_id}!{iid}",
            self.bot_id,
            lambda: self.threads(project_id, iid),
            lambda: self.drafts(project_id, iid),
        )

    def threads(self, project_id: int, iid: int) -> tuple[Thread, ...]:
        """The whole conversation, oldest first."""
        path = f"{_merge_request(project_id, iid)}/discussions"
        project = self._project(project_id)
        return tuple(convert.thread(each, project) for each in self.client.pages(path) if each["notes"])

    def note(self, project_id: int, iid: int, note_id: int) -> Note | None:
        """One comment now, or None where it is gone."""
        try:
            return convert.note_of(self.client.read(f"{_merge_request(project_id, iid)}/notes/{note_id}"))
        except ClientError:
            return None

    def emojis(self, project_id: int, iid: int, note_id: int) -> frozenset[str]:
        """The emojis that the bot itself has awarded to a comment; none where that cannot be read."""
        path = f"{_merge_request(project_id, iid)}/notes/{note_id}/award_emoji"
        try:
            given = list(self.client.pages(path))
        except ClientError:
            return frozenset()
        return frozenset(str(each["name"]) for each in given if convert.user(each["user"]).id == self.bot_id)

    def level(self, project_id: int, user_id: int) -> int:
        """The user's access level, inherited ones too; 0 for no member."""
        try:
            member = self.client.read(f"/projects/{project_id}/members/all/{user_id}")
        except ClientError:
            return 0
        return int(member["access_level"]) if member.get("state", "active") == "active" else 0

    def drafts(self, project_id: int, iid: int) -> tuple[int, ...]:
        """Ids of the bot's own drafts there."""
        try:
            return tuple(
                each["id"] for each in self.client.pages(f"{_merge_request(project_id, iid)}/draft_notes")
            )
        except ClientError:
            return ()

    def delete_draft(self, project_id: int, iid: int, draft_id: int) -> None:
        """Deletes a leftover; one that is gone already is fine."""
        self._if_allowed("delete", f"{_merge_request(project_id, iid)}/draft_notes/{draft_id}")

    def add_draft(self, mr: MergeRequest, draft: Draft) -> bool:
        """Whether GitLab took it. It takes a wrong position too, which vanishes when published: check before."""
        body: dict[str, Any] = {"note": draft.body}
        if draft.thread_id:
            body |= {"in_reply_to_discussion_id": draft.thread_id, "resolve_discussion": draft.resolve}
        if draft.position:
            body["position"] = convert.position_body(draft.position, mr.refs)
        return self._if_allowed("post", f"{_of(mr)}/draft_notes", **body)

    def publish_drafts(self, project_id: int, iid: int) -> None:
        """Publishes every draft of the bot there: one e-mail. Not transactional: list again when it fails."""
        with self._doubts.writing(f"{project_id}!{iid}"):
            self.client.write("post", f"{_merge_request(project_id, iid)}/draft_notes/bulk_publish")

    def open_thread(self, mr: MergeRequest, draft: Draft) -> bool:
        """Opens one thread, or replies to one, without a draft; False where GitLab refuses."""
        self._before_note()
        path = f"{_of(mr)}/discussions"
        body: dict[str, Any] = {"body": draft.body}
        if draft.thread_id:
            path += f"/{draft.thread_id}/notes"
        elif draft.position:
            body["position"] = convert.position_body(draft.position, mr.refs)
        with self._doubts.writing(f"{mr.project.id}!{mr.iid}", draft.body, draft.thread_id or ""):
            return self._if_allowed("post", path, **body)

    def resolve(self, project_id: int, iid: int, thread_id: str, *, resolved: bool) -> bool:
        """Whether GitLab allowed it: it accepts a Developer or the author of the change."""
        path = f"{_merge_request(project_id, iid)}/discussions/{thread_id}"
        return self._if_allowed("put", path, resolved=resolved)

    def add_note(self, project_id: int, iid: int, body: str, *, internal: bool = False) -> None:
        """A plain note. A draft without a position would become a thread that blocks merging."""
        self._before_note()
        kept = {"internal": True, "confidential": True} if internal else {}
        with self._doubts.writing(f"{project_id}!{iid}", body):
            self._must("post", f"{_merge_request(project_id, iid)}/notes", body=body, **kept)

    def reply(self, project_id: int, iid: int, thread_id: str, body: str) -> None:
        """A note in a thread."""
        self._before_note()
        with self._doubts.writing(f"{project_id}!{iid}", body, thread_id):
            self._must("post", f"{_merge_request(project_id, iid)}/discussions/{thread_id}/notes", body=body)

    def edit_note(self, project_id: int, iid: int, note_id: int, body: str) -> None:
        """A new text for one of the bot's own notes: nobody is mailed. One that is gone already is fine."""
        self._if_allowed("put", f"{_merge_request(project_id, iid)}/notes/{note_id}", body=body)

    def delete_note(self, project_id: int, iid: int, note_id: int) -> None:
        """Deletes one of the bot's own notes; one that is gone already is fine."""
        self._if_allowed("delete", f"{_merge_request(project_id, iid)}/notes/{note_id}")

    def award(self, project_id: int, iid: int, note_id: int, emoji: str) -> None:
        """Awards an emoji; already there (404) or not allowed is fine."""
        path = f"{_merge_request(project_id, iid)}/notes/{note_id}/award_emoji"
        self._if_allowed("post", path, name=emoji)

    def changed_merge_requests(self, since: dt.datetime) -> Iterator[tuple[int, int]]:
        """Project id and iid of the open merge requests updated since then, in projects that the bot is a member of.

        By top-level group, or from the list of all that it may see where groups are many: one request for each 100
        projects, one for each group, one for each 100 changed merge requests. A project's `last_activity_at` shows
        nothing: it moves once an hour, and a push to a fork moves the fork's (app/models/project.rb, 2026-11).
        """
        given = list(self.client.pages("/projects", membership=True, simple=True, archived=False))
        places = {each["id"]: _listed_under(each) for each in given}
        query = {
            "state": "opened",
            "updated_after": since.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "view": "simple",
        }
        groups = dict.fromkeys(places.values())
        found: Iterable[Any] | None = None
        if len(groups) > FEW:
            found = self._few("/merge_requests", **query, scope="all")
        if found is None:
            found = chain.from_iterable(
                self._listed_at(place, [number for number, at in places.items() if at == place], query)
                for place in groups
            )
        yield from ((each["project_id"], each["iid"]) for each in found if each["project_id"] in places)

    def _listed_at(self, place: str, projects: list[int], query: dict[str, str]) -> list[Any]:
        """The merge requests listed at a group, or at each of its projects where the group does not show them."""
        with suppress(ClientError):
            return list(self.client.pages(f"/{place}/merge_requests", **query))
        found = []
        for number in projects:
            if place != f"projects/{number}":
                with suppress(ClientError):  # merge requests are switched off there
                    found += list(self.client.pages(f"/projects/{number}/merge_requests", **query))
        return found

    def _few(self, path: str, **query: Any) -> list[Any] | None:
        """Every item of a list of at most FEW pages; None for a longer one, or one that GitLab refuses."""
        found: list[Any] = []
        try:
            for each in self.client.pages(path, **query):
                found.append(each)
                if len(found) > FEW * PER_PAGE:
                    return None
        except ClientError:
            return None
        return found

    def comments(self, project_id: int, iid: int, since: dt.datetime) -> Iterator[tuple[int, str]]:
        """Id and text of the comments that people made there since then, the newest first."""
        newest_first = {"order_by": "created_at", "sort": "desc"}
        try:
            for each in self.client.pages(f"{_merge_request(project_id, iid)}/notes", **newest_first):
                if dt.datetime.fromisoformat(each["created_at"]) < since:
                    return
                if not each["system"] and each["author"]["id"] != self.bot_id:
                    yield each["id"], each["body"]
        except ClientError:
            return  # comments are switched off there

    def todos(self) -> Iterator[Todo]:
        """The bot's pending to-dos on merge requests."""
        for each in self.client.pages("/todos", state="pending", type="MergeRequest"):
            yield Todo(
                each["id"],
                (each.get("project") or {}).get("id") or 0,
                (each.get("target") or {}).get("iid") or 0,
                each.get("action_name") or "",
                each.get("body") or "",
            )

    def finish_todo(self, todo_id: int) -> None:
        """Marks a to-do as done."""
        self._if_allowed("post", f"/todos/{todo_id}/mark_as_done")

    def _if_allowed(self, verb: str, path: str, **body: Any) -> bool:
        try:
            self.client.write(verb, path, **body)
        except ClientError:
            return False
        return True

    def _must(self, verb: str, path: str, **body: Any) -> None:
        try:
            self.client.write(verb, path, **body)
        except ClientError as refusal:
            raise _forbidden(refusal) from refusal


def _listed_under(project: dict[str, Any]) -> str:
    """Where the project's merge requests are listed with those of its neighbours: its top-level group, or it alone."""
    namespace = project.get("namespace") or {}
    if namespace.get("kind") != "group":
        return f"projects/{project['id']}"
    return f"groups/{quoted(namespace['full_path'].split('/')[0])}"


def _merge_request(project_id: int, iid: int) -> str:
    return f"/projects/{project_id}/merge_requests/{iid}"


def _of(mr: MergeRequest) -> str:
    return f"/projects/{mr.project.id}/merge_requests/{mr.iid}"


def _gone(refusal: ClientError) -> SealcheckError:
    return _forbidden(refusal) if refusal.status == FORBIDDEN else ForgeMissing(str(refusal))


def _forbidden(refusal: ClientError) -> SealcheckError:
    if NARROW in refusal.message:
        return ForgeRefused(f"{refusal}: GITLAB_TOKEN needs the scope `api`")
    if NARROW_THERE in refusal.message:
        return ForgeForbidden(
            f"{refusal}: GITLAB_TOKEN is fine-grained and lacks a permission in the project"
        )
    return ForgeForbidden(f"{refusal}: the bot needs the role Reporter in the project")


def _is_inside(path: str) -> bool:
    """Whether Git can have such a path: a proxy in front of GitLab may take `..` for a way out, encoded or not."""
    return not {"", ".", ".."} & set(path.split("/"))
