"""Find what webhooks have missed: open merge requests that changed, commands, and to-dos that ask for a review.

A webhook is sent once; a bot that was down never hears of it again (docs.gitlab.com/user/project/integrations/webhooks,
2026-11). So one worker looks again from time to time. What it finds is queued like any event: a review of what was
reviewed already costs a few reads and writes nothing.

A system hook carries no comments. There a person mentions the bot, "@sealcheck recheck", or asks it for a review:
GitLab keeps both as to-dos of the bot's user.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Protocol

from bot.comments.slash import command_lines
from bot.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_LOOK = dt.timedelta(days=1)
OVERLAP = dt.timedelta(minutes=10)
"""Looked at again each time: clocks differ, and a change may be in GitLab's lists a little late."""
_RECHECK = regex(r"\brecheck\b", re.IGNORECASE)
_ASKING = frozenset({"review_requested"})


@dataclass(frozen=True, slots=True)
class Todo:
    """A pending to-do of the bot's user that speaks of a merge request."""

    id: int
    project_id: int
    iid: int
    action: str
    body: str

    @property
    def asks(self) -> bool:
        """Whether somebody wants a review."""
        return self.action in _ASKING or _RECHECK.search(self.body) is not None


class Lists(Protocol):
    """What the sweep needs of GitLab."""

    def changed_merge_requests(self, since: dt.datetime) -> Iterable[tuple[int, int]]:
        """Project id and iid of the open merge requests updated since then, in projects that the bot is a member of."""
        ...

    def comments(self, project_id: int, iid: int, since: dt.datetime) -> Iterable[tuple[int, str]]:
        """Id and text of the comments that people made there since then."""
        ...

    def todos(self) -> Iterable[Todo]:
        """The bot's pending to-dos on merge requests."""
        ...

    def finish_todo(self, todo_id: int) -> None:
        """Marks a to-do as done."""
        ...


class ReviewQueue(Protocol):
    """Where what was missed goes, durably."""

    def review(self, project_id: int, iid: int) -> None:
        """Queues a review."""
        ...

    def command(self, project_id: int, iid: int, note_id: int) -> None:
        """Queues a comment that contains a command."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep queued, and from when the next one has to look."""

    merge_requests: int
    commands: int
    todos: int
    next_since: dt.datetime


def sweep(lists: Lists, since: dt.datetime | None, now: dt.datetime, queue: ReviewQueue) -> Swept:
    """Queue what was missed since the last sweep (`since`; None for the first one, which looks back a day).

    A command that was obeyed already is queued again where it is that young: it finds its answer and says nothing.
    """
    since = since or now - FIRST_LOOK
    count = ordered = 0
    for project_id, iid in lists.changed_merge_requests(since):
        queue.review(project_id, iid)
        count += 1
        for note_id, text in lists.comments(project_id, iid, since):
            if next(command_lines(text), None) is not None:
                queue.command(project_id, iid, note_id)
                ordered += 1
    return Swept(count, ordered, answer_todos(lists, queue), now - OVERLAP)


def answer_todos(lists: Lists, queue: ReviewQueue) -> int:
    """Queue what the bot's to-dos ask for, and return how many did; one request where there are none.

    A to-do is marked as done only after its review is queued, so that a crash in between costs a second review and
    loses nothing.
    """
    asked = 0
    for todo in list(lists.todos()):
        if todo.asks:
            queue.review(todo.project_id, todo.iid)
            asked += 1
        lists.finish_todo(todo.id)
    return asked
