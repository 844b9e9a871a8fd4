"""What the review needs of GitLab. `bot.gitlab` answers it; nothing above the edge knows how.

Every verb may raise `ForgeRefused` (the token), `ForgeForbidden` (its rights in this project) and `ForgeBusy` (429, or
a read that failed for now). Writes raise `ForgeUnknown` where their outcome is unknown: list again, reconcile.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.snapshot import ChangedFile, DiffRefs, Project
    from bot.threads import Note, Position, Thread


class Absent(StrEnum):
    """Why a file has no text."""

    MISSING = "there is no such file"
    BINARY = "binary"
    NOT_UTF8 = "not UTF-8"
    TOO_LARGE = "larger than the bot reads"
    LFS = "kept in Git LFS"
    REFUSED = "the bot may not read it"
    FAILED = "GitLab cannot give it, though it answers otherwise; it is asked again later"


@dataclass(frozen=True, slots=True)
class User:
    """A GitLab user. `name` is the user name, without "@"."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """The head of a merge request; `project` is the target project."""

    project: Project
    iid: int
    state: str
    author: User
    source_branch: str
    target_branch: str
    source_project_id: int
    refs: DiffRefs
    title: str = ""
    web_url: str = ""
    truncated: bool = False
    """GitLab itself cut the list of changed files"""

    @property
    def open(self) -> bool:
        """Whether it can still be commented and merged."""
        return self.state == "opened"

    @property
    def fork(self) -> bool:
        """Whether the head comes from another project."""
        return self.source_project_id != self.project.id


@dataclass(frozen=True, slots=True)
class Changes:
    """The files of the diff. `complete`: False where GitLab cut the list itself (reported in the summary)."""

    files: tuple[ChangedFile, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """A note of the bot that waits for `publish_drafts`.

    A reply to `thread_id` leaves the thread resolved if `resolve`, else open; without a
    thread it opens one at `position`.
    """

    body: str
    position: Position | None = None
    thread_id: str | None = None
    resolve: bool = False


class Forge(Protocol):
    """GitLab, in the review's words. `project_id` is the target project's."""

    @property
    def bot_id(self) -> int:
        """The id of the bot's own user."""
        ...

    def changes(self, project_id: int, iid: int) -> Changes:
        """The changed files, one request for up to 100. Raises NotReady while GitLab prepares the diff."""
        ...

    def merge_request(self, project_id: int, iid: int) -> MergeRequest:
        """The merge request now. Raises NotReady while it has no diff refs."""
        ...

    def text(self, project: int | str, path: str, ref: str) -> str | Absent:
        """The file at a commit or branch. `project` is an id, or a path for an include of another project."""
        ...

    def listing(self, project_id: int, folder: str, ref: str) -> tuple[str, ...] | Absent:
        """Every path below `folder` ("" for all) at `ref`; none where there is no such folder."""
        ...

    def protected_refs(self, project_id: int) -> tuple[str, ...]:
        """Names and `*` patterns of the protected branches; empty where the bot may not ask."""
        ...

    def settle(self, project_id: int, iid: int) -> None:
        """Return once no earlier write is in doubt there; raises ForgeBusy while GitLab may still be at one."""
        ...

    def threads(self, project_id: int, iid: int) -> tuple[Thread, ...]:
        """The whole conversation, oldest first, plain notes included."""
        ...

    def note(self, project_id: int, iid: int, note_id: int) -> Note | None:
        """One comment now, or None where it is gone."""
        ...

    def emojis(self, project_id: int, iid: int, note_id: int) -> frozenset[str]:
        """The emojis that the bot itself has awarded to a comment."""
        ...

    def level(self, project_id: int, user_id: int) -> int:
        """The user's access level, also inherited: 0 no member, 30 Developer, 40 Maintainer, 50 Owner."""
        ...

    def drafts(self, project_id: int, iid: int) -> tuple[int, ...]:
        """Ids of the bot's own drafts there."""
        ...

    def delete_draft(self, project_id: int, iid: int, draft_id: int) -> None:
        """Deletes a leftover."""
        ...

    def add_draft(self, mr: MergeRequest, draft: Draft) -> bool:
        """Whether GitLab took it; False where its version or its rules do not allow a draft."""
        ...

    def publish_drafts(self, project_id: int, iid: int) -> None:
        """Publishes every draft of the bot there: one e-mail. Never repeated blindly."""
        ...

    def open_thread(self, mr: MergeRequest, draft: Draft) -> bool:
        """Opens one thread (or replies), without a draft; False where GitLab refuses the position."""
        ...

    def resolve(self, project_id: int, iid: int, thread_id: str, *, resolved: bool) -> bool:
        """Whether GitLab allowed it (the bot may be no Developer)."""
        ...

    def add_note(self, project_id: int, iid: int, body: str, *, internal: bool = False) -> None:
        """A plain note: the summary, or an answer. `internal`: for members from Reporter up alone."""
        ...

    def reply(self, project_id: int, iid: int, thread_id: str, body: str) -> None:
        """A note in a thread; internal where that is."""
        ...

    def edit_note(self, project_id: int, iid: int, note_id: int, body: str) -> None:
        """A new text for one of the bot's own notes: nobody is mailed."""
        ...

    def delete_note(self, project_id: int, iid: int, note_id: int) -> None:
        """Deletes one of the bot's own notes; one that is gone already is fine."""
        ...

    def award(self, project_id: int, iid: int, note_id: int, emoji: str) -> None:
        """Awards an emoji; already there or not allowed is fine."""
        ...
