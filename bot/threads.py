"""A merge request's conversation, as GitLab contains it now: the only truth about what was said."""

from __future__ import annotations

from bot.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """One comment. `system`: GitLab's own ("changed this line in version 2"), nobody's words.

    `internal`: only members from Reporter up may read it, so nothing of it is repeated where others can.
    """

    id: int
    author_id: int
    author: str
    """the user name, without "@" """
    body: str
    system: bool = False
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a thread is, in one version of the diff. Lines count from 1.

    An added line has `new_line` only, a removed one `old_line` only, an unchanged one both, a file as a whole neither.
    """

    old_path: str
    new_path: str
    old_line: int | None
    new_line: int | None

    @property
    def of_file(self) -> Position:
        """The place of its file as a whole."""
        return Position(self.old_path, self.new_path, None, None)

    @property
    def is_of_file(self) -> bool:
        """Whether it is that of a file as a whole."""
        return self.old_line is None and self.new_line is None


@dataclass(frozen=True, slots=True)
class Thread:
    """A discussion with its notes, oldest first.

    `position` is None for one that is on no line; `head_sha` is the head that the position speaks of (an old
    one where GitLab found the thread outdated). `individual`: a plain note, that cannot be resolved.
    """

    id: str
    notes: tuple[Note, ...]
    individual: bool = False
    resolvable: bool = True
    resolved: bool = False
    resolved_by_id: int | None = None
    resolved_by: str | None = None
    position: Position | None = None
    head_sha: str | None = None
    applied: bool = False
    """somebody applied its suggestion: that resolves the thread, but dismisses nothing"""
    by_push: bool = False
    """GitLab itself resolved it, as a push or an applied suggestion changed its line: nobody has judged it"""

    @property
    def first(self) -> Note:
        """The note that opened the thread."""
        return self.notes[0]
