"""What a plan writes: each is one change of the bot's own part of the conversation."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from bot.lazy import dataclass

if TYPE_CHECKING:
    from bot.threads import Position


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A new thread on a line. `unplaced` is its body where GitLab accepts it on no line."""

    position: Position
    body: str
    unplaced: str = ""


class ThreadChange(StrEnum):
    """What a reply says: the finding is gone, is back, or is ignored."""

    RESOLVED = "resolved"
    REOPENED = "reopened"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Reply:
    """A note in a thread, which is resolved afterwards if `resolve`, else open. `change` is what it stands for."""

    thread_id: str
    body: str
    resolve: bool
    change: ThreadChange


@dataclass(frozen=True, slots=True)
class Resolve:
    """Resolves a thread without a word: a duplicate."""

    thread_id: str


@dataclass(frozen=True, slots=True)
class EditNote:
    """A new text for one of the bot's own notes: nobody is mailed."""

    note_id: int
    body: str


@dataclass(frozen=True, slots=True)
class AddSummary:
    """The first summary."""

    body: str


@dataclass(frozen=True, slots=True)
class DeleteNote:
    """Deletes one of the bot's own notes, a second summary: nobody is mailed."""

    note_id: int


Op: TypeAlias = OpenThread | Reply | Resolve | EditNote | AddSummary | DeleteNote
