"""The bot's own part of a merge request's conversation, believed by its markers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.comments.marker import MarkerKind, unpack
from bot.comments.slash import only_commands
from bot.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.comments.marker import Marker
    from bot.threads import Note, Thread


SOMEBODY, INTERNAL = "somebody", "the reason is in an internal note"
"""What everybody may read of an ignore by an internal note."""


@dataclass(frozen=True, slots=True)
class IgnoreCommand:
    """Who ignored findings by command, and why. An empty `why` takes an ignore back."""

    ids: tuple[str, ...]
    rule: str
    who: str
    why: str

    @property
    def content(self) -> Mapping[str, object]:
        """For a marker."""
        return {"ids": list(self.ids), "rule": self.rule, "who": self.who, "why": self.why}

    @classmethod
    def read(cls, value: str) -> IgnoreCommand | None:
        """From a marker's value; None for one that says something else."""
        content = unpack(value) or {}
        ids = content.get("ids")
        if not isinstance(ids, list):
            return None
        return cls(
            tuple(str(each) for each in ids), *(str(content.get(name, "")) for name in ("rule", "who", "why"))
        )


@dataclass(frozen=True, slots=True)
class StandingThread:
    """One of the bot's own threads. `stands_for` are the fingerprints it speaks of, its own first."""

    thread: Thread
    stands_for: tuple[str, ...]
    bot_id: int
    rule: str | None
    """the rule of the finding that opened it; None where the note does not say"""
    last_word: MarkerKind | None
    """FIXED, BACK, MOVED or IGNORE: the bot's last reply there; None where it said nothing since"""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the finding that opened the thread."""
        return self.stands_for[0]

    @property
    def answered(self) -> bool:
        """Whether a person has said something in it, other than to command the bot."""
        return any(
            note.author_id != self.bot_id and not note.system and not only_commands(note.body)
            for note in self.thread.notes
        )

    @property
    def dismissed(self) -> bool:
        """Whether a person resolved it, other than by applying its suggestion or by pushing."""
        thread = self.thread
        if not thread.resolved or thread.resolved_by_id == self.bot_id or thread.by_push:
            return False
        # A suggestion stays applied: once the bot has said that it is back, the next one to resolve it means it.
        return not thread.applied or self.last_word is MarkerKind.BACK


class Conversation:
    """What the bot itself has said: `standing` its threads, `summary` the note and the commit that it speaks of.

    `doubles` are further summaries that nobody has answered: GitLab took a request for one late, beside its successor.
    `ignored` maps fingerprints to what was said by command, the last word counting; `answers` maps notes that held a
    command to the bot's answer; `edits` are the notes whose edited commands were answered. `notes`: how many comments
    of anybody there are, those that GitLab itself writes too.
    """

    def __init__(self, threads: Iterable[Thread], bot_id: int, marker: Marker) -> None:
        threads = tuple(threads)
        self.summary: tuple[Note, str] | None = None
        self.doubles: list[Note] = []
        self.standing: list[StandingThread] = []
        self.ignored: dict[str, IgnoreCommand] = {}
        self.answers: dict[int, Note] = {}
        self.edits: set[int] = set()
        self.notes = sum(len(thread.notes) for thread in threads)
        own = [note for thread in threads for note in thread.notes if note.author_id == bot_id]
        for note in sorted(own, key=lambda each: each.id):
            self._hear(note, marker)
        for thread in threads:
            first = thread.first
            if first.author_id != bot_id or first.system:
                continue
            fingerprint = marker.find(first.body, MarkerKind.FINDING)
            if fingerprint is not None:
                self.standing.append(_standing(thread, fingerprint, bot_id, marker))
            elif (sha := marker.find(first.body, MarkerKind.SUMMARY)) is not None:
                if self.summary is None:
                    self.summary = (first, sha)
                elif len(thread.notes) == 1:
                    self.doubles.append(first)

    def _hear(self, note: Note, marker: Marker) -> None:
        for mark in marker.marks(note.body):
            if mark.kind is MarkerKind.ANSWER and mark.value.isdecimal():
                self.answers.setdefault(int(mark.value), note)
            if mark.kind is MarkerKind.EDIT and mark.value.isdecimal():
                self.edits.add(int(mark.value))
            if mark.kind is MarkerKind.IGNORE and (said := IgnoreCommand.read(mark.value)) is not None:
                if note.internal and said.why:
                    said = replace(said, who=SOMEBODY, why=INTERNAL)
                for each in said.ids:
                    self.ignored.pop(each, None)
                    if said.why:
                        self.ignored[each] = said

    def of(self, fingerprint: str) -> list[StandingThread]:
        """The threads of that very finding, oldest first."""
        return [each for each in self.standing if each.fingerprint == fingerprint]


def _standing(thread: Thread, fingerprint: str, bot_id: int, marker: Marker) -> StandingThread:
    folded = marker.find(thread.first.body, MarkerKind.FOLDED)
    last_word: MarkerKind | None = None
    for note in thread.notes[1:]:
        if note.author_id != bot_id:
            continue
        for mark in marker.marks(note.body):
            if mark.kind in {MarkerKind.FIXED, MarkerKind.BACK, MarkerKind.MOVED}:
                last_word = mark.kind
            elif mark.kind is MarkerKind.IGNORE and (said := IgnoreCommand.read(mark.value)) is not None:
                last_word = MarkerKind.IGNORE if said.why else MarkerKind.BACK
    stands_for = (fingerprint, *(folded.split(".") if folded else ()))
    rule = marker.find(thread.first.body, MarkerKind.RULE)
    return StandingThread(thread, stands_for, bot_id, rule, last_word)
