"""What an answer was worked out from, so that a later state of the repository can keep what is still true.

A read is a hashable name: a file's path for its text, `vault_group` for a part of Vault's side, `PIPELINES` for all
pipelines, `KINDS` for what the files are, or a `RememberedQuestion` for an answer that was itself worked out. A reader
that needs a small fact of many parts ("do people log in on this mount?") asks a question: it depends on the answer, not
on every part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

Read: TypeAlias = Hashable
W = TypeVar("W")
T = TypeVar("T")

PIPELINES: Final = ("pipelines",)
"""Every pipeline and job of the repository."""


def pipelines_with(path: str) -> Read:
    """The read of the pipelines that contain one file."""
    return ("pipelines", path)


CLOUDS: Final = ("clouds",)
"""All that the repository says to a cloud."""


KINDS: Final = ("kinds",)
"""Which files are of which kind: what a list of the files of some kinds rests on, and not on what is in them."""


def vault_group(name: str) -> Read:
    """The read of one group of parts ("roles", "policies", ...) as a whole."""
    return ("vault", name)


class RememberedQuestion(NamedTuple):
    """A function of a world, of which `of` is the type, and of some words: it survives the way to another process."""

    of: type
    answer: Callable[..., Any]
    about: tuple[str, ...]


class Reads:
    """Collects what is read while somebody listens; costs next to nothing while nobody does."""

    __slots__ = ("_heard",)

    def __init__(self) -> None:
        self._heard: set[Read] | None = None

    def note(self, read: Read) -> None:
        """Note one read."""
        if self._heard is not None:
            self._heard.add(read)

    def during(self, work: Callable[[], T]) -> tuple[T, set[Read]]:
        """What `work` returns, and its reads, as with `listening`; for what is done a hundred thousand times."""
        outer, self._heard = self._heard, set()
        try:
            return work(), self._heard
        finally:
            self._heard = outer

    @contextmanager
    def listening(self) -> Iterator[set[Read]]:
        """The reads of the block. A listener around it hears none of them and notes what it depends on itself."""
        outer, self._heard = self._heard, set()
        try:
            yield self._heard
        finally:
            self._heard = outer


class RememberedAnswer(NamedTuple):
    """An answer, what it was worked out from, and how many there were before it."""

    value: Any
    reads: frozenset[Read]
    place: int = 0


class Answers(Generic[W]):
    """The questions that were asked of one world, each answered once."""

    def __init__(self, world: W, reads: Reads) -> None:
        self._world = world
        self._reads = reads
        self._known: dict[RememberedQuestion, RememberedAnswer] = {}
        self._readers: dict[Read, list[RememberedQuestion]] | None = None

    def ask(self, answer: Callable[..., T], *about: str) -> T:
        """`answer(world, *about)`; anyone who listens depends on its value alone."""
        question = RememberedQuestion(type(self._world), answer, about)
        self._reads.note(question)
        value: T = self._answer(question).value
        return value

    def answer_all(self, reads: Iterable[Read]) -> None:
        """Answer the questions among the reads of this world that another process has asked."""
        for read in reads:
            if isinstance(read, RememberedQuestion) and isinstance(self._world, read.of):
                self._answer(read)

    def keep_from(self, before: Answers[W], changed: set[Read]) -> None:
        """Take over the answers of an earlier state that are still true; `changed` are the reads that differ.

        Questions that are answered otherwise now are added to it.
        """
        doubtful = before._readers_of(changed)
        kept = before._known.copy()
        for question in doubtful:
            del kept[question]
        self._known = kept | self._known
        # In the order in which they were first answered: an inner question is before the outer one.
        for question, known in doubtful.items():
            if known.reads.isdisjoint(changed):
                self._known[question] = known
            elif self._answer(question).value != known.value:
                changed.add(question)

    def _readers_of(self, changed: set[Read]) -> dict[RememberedQuestion, RememberedAnswer]:
        """The questions that rest on any of `changed`, also through others, in the order of their answers."""
        if self._readers is None:
            self._readers = defaultdict(list)
            for question, known in self._known.items():
                for read in known.reads:
                    self._readers[read].append(question)
        found: set[RememberedQuestion] = set()
        waiting: list[Read] = list(changed)
        while waiting:
            for question in self._readers.get(waiting.pop(), ()):
                if question not in found:
                    found.add(question)
                    waiting.append(question)
        return {question: self._known[question] for question in sorted(found, key=self._place)}

    def _place(self, question: RememberedQuestion) -> int:
        return self._known[question].place

    def _answer(self, question: RememberedQuestion) -> RememberedAnswer:
        known = self._known.get(question)
        if known is None:
            value, heard = self._reads.during(lambda: question.answer(self._world, *question.about))
            known = self._known[question] = RememberedAnswer(value, frozenset(heard), len(self._known))
            self._readers = None
        return known


class NotedTexts(Mapping[str, str]):
    """The texts of `under`, each noted by its path where it is read. Names alone are not: they do not change."""

    def __init__(self, under: Mapping[str, str], reads: Reads) -> None:
        self.under: Mapping[str, str] = under.under if isinstance(under, NotedTexts) else under
        self._reads = reads

    def __iter__(self) -> Iterator[str]:
        return iter(self.under)

    def __len__(self) -> int:
        return len(self.under)

    def __contains__(self, path: object) -> bool:
        return path in self.under

    def __getitem__(self, path: str) -> str:
        self._reads.note(path)
        return self.under[path]
