"""What the stand-in remembers: plain records, changed only under the world's lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from tests.gitlab_double.git import FileDiff, Repository

GUEST, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 20, 30, 40, 50

Position = dict[str, Any]
"""A position as the API shows it."""


@dataclass(eq=False)
class User:
    id: int
    username: str
    name: str
    admin: bool = False
    unusable: str = ""
    """why every request of the user is refused: "Your account has been blocked." """


@dataclass(eq=False)
class Token:
    value: str
    user: User
    id: int = 1
    scopes: tuple[str, ...] = ("api",)
    expires_at: str = "2027-11-01"
    revoked: bool = False
    expired: bool = False


@dataclass(eq=False)
class Hook:
    id: int
    url: str
    kind: str
    """project, group or system"""
    owner: Project | str | None
    settings: dict[str, Any]
    token: str = ""
    signing_token: str = ""
    failures: int = 0
    disabled: bool = False
    deliveries: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class Limits:
    """GitLab's own defaults, to be lowered by tests."""

    diff_patch_bytes: int = 200 * 1024
    diff_files: int = 1000
    diff_lines: int = 50_000
    collapse_share: float = 0.1
    notes_per_minute: int | None = None
    requests_per_minute: int | None = None
    comment_characters: int = 1_000_000


@dataclass(eq=False)
class Project:
    id: int
    path: str
    repository: Repository
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    members: dict[int, int] = field(default_factory=dict)
    visibility: str = "private"
    default_branch: str = "main"
    protected: list[str] = field(default_factory=lambda: ["main"])
    protected_tags: list[str] = field(default_factory=list)
    ci_config_path: str = ""
    hooks: list[Hook] = field(default_factory=list)
    merge_requests: dict[int, MergeRequest] = field(default_factory=dict)
    forked_from: Project | None = None
    resolve_outdated_diff_discussions: bool = False
    archived: bool = False
    last_activity_at: datetime | None = None
    """moves at most once an hour (RESET_PROJECT_ACTIVITY_INTERVAL of app/models/event.rb, 2026-11)"""
    statuses: list[CommitStatus] = field(default_factory=list)
    status_checks: list[str] | None = None
    """names of its external status checks; None without the licence"""
    lfs: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def namespace(self) -> str:
        return self.path.rsplit("/", 1)[0]


@dataclass(eq=False)
class CommitStatus:
    id: int
    sha: str
    ref: str
    name: str
    user: User
    state: str = "created"
    description: str | None = None
    target_url: str | None = None
    history: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Version:
    id: int
    base: str
    start: str
    head: str
    created_at: datetime
    files: tuple[FileDiff, ...]

    @property
    def refs(self) -> dict[str, str]:
        return {"base_sha": self.base, "head_sha": self.head, "start_sha": self.start}


@dataclass(eq=False)
class Suggestion:
    id: int
    note: Note
    lines_above: int
    lines_below: int
    from_content: str
    to_content: str
    applied: bool = False
    commit_id: str | None = None

    @property
    def from_line(self) -> int:
        line = (self.note.position or {}).get("new_line") or 1
        return int(max(1, line - self.lines_above))

    @property
    def to_line(self) -> int:
        line = (self.note.position or {}).get("new_line") or 1
        return int(line) + self.lines_below


@dataclass(eq=False)
class Note:
    id: int
    type: str | None
    body: str
    author: User
    created_at: datetime
    updated_at: datetime
    discussion: Discussion
    system: bool = False
    internal: bool = False
    position: Position | None = None
    original_position: Position | None = None
    change_position: Position | None = None
    line_code: str | None = None
    resolved_by: User | None = None
    resolved_at: datetime | None = None
    resolved_by_push: bool = False
    suggestions: list[Suggestion] = field(default_factory=list)
    awards: list[dict[str, Any]] = field(default_factory=list)
    updated_by: User | None = None
    review_id: int | None = None

    @property
    def resolvable(self) -> bool:
        return self.type in {"DiffNote", "DiscussionNote"} and not self.system


@dataclass(eq=False)
class Discussion:
    id: str
    merge_request: MergeRequest
    notes: list[Note] = field(default_factory=list)

    @property
    def first(self) -> Note:
        return self.notes[0]

    @property
    def individual(self) -> bool:
        return self.first.type is None

    @property
    def resolvable(self) -> bool:
        return bool(self.notes) and any(note.resolvable for note in self.notes)

    @property
    def resolved(self) -> bool:
        open_notes = [note for note in self.notes if note.resolvable and note.resolved_at is None]
        return self.resolvable and not open_notes


@dataclass(eq=False)
class Draft:
    id: int
    author: User
    note: str
    position: Position | None = None
    discussion_id: str | None = None
    resolve_discussion: bool = False
    commit_id: str | None = None


@dataclass(eq=False)
class MergeRequest:
    id: int
    iid: int
    project: Project
    source_project: Project
    source_branch: str
    target_branch: str
    author: User
    title: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    state: str = "opened"
    draft: bool = False
    labels: list[str] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    discussions: list[Discussion] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    prepared_at: datetime | None = None
    awards: list[dict[str, Any]] = field(default_factory=list)
    check_answers: dict[tuple[int, str], str] = field(default_factory=dict)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    """the oldest first: `id`, `sha`, `ref`"""

    @property
    def version(self) -> Version:
        return self.versions[-1]

    @property
    def notes(self) -> list[Note]:
        return [note for discussion in self.discussions for note in discussion.notes]

    def discussion(self, discussion_id: str) -> Discussion | None:
        return next((each for each in self.discussions if each.id == discussion_id), None)


@dataclass(eq=False)
class Todo:
    id: int
    user: User
    author: User
    merge_request: MergeRequest
    note: Note | None
    """the comment that mentions somebody; None where the merge request itself asks"""
    action: str
    created_at: datetime
    state: str = "pending"


@dataclass(frozen=True)
class Mail:
    """One e-mail that GitLab would send to everybody who follows the merge request."""

    kind: str
    """new_note, new_review or resolved_all_discussions"""
    author: str
    merge_request: int
    text: str
