"""Why GitLab would refuse a pipeline: its first reason, reported once, and what cannot be known of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.documents.location import Span, Unreadable
from bot.lazy import dataclass
from bot.pipeline.validation.root import first_fault, has_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.nodes import Mapping, Node
    from bot.pipeline.validation.faults import FileFault

REFUSES: Final = "GitLab refuses the file, so it runs no job of it"
_NOT_READ: Final = "in what was read; add it or its file"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why GitLab runs no pipeline of a file, in words like its own, and where."""

    span: Span
    words: str
    remedy: str = ""

    @property
    def note(self) -> Unreadable:
        """The refusal as it is reported."""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return Unreadable(self.span.path, self.span.start_line, f"{REFUSES}: {self.words}{remedy}")


class FileRefusals:
    """Collects why GitLab would refuse one pipeline. It shows its first reason, and so do we.

    `root` is the path of the root file, `is_whole` whether it is meant to run alone: a file that others include may
    lack what they bring.
    """

    def __init__(self, root: str, report: Callable[[Unreadable], None], *, is_whole: bool) -> None:
        self.first: Refusal | None = None
        self.is_whole = is_whole
        """False once something is known to be missing: an include that was not followed, or that has conditions"""
        self._is_open = False
        self._root = root
        self._report = report

    def open(self) -> None:
        """Note that something may belong to the pipeline that was not read, and may replace what was."""
        self._is_open = True
        self.is_whole = False

    def refuse(self, at: Node | Span, words: str, remedy: str = "") -> None:
        """Note what GitLab refuses, whatever else may belong to the pipeline."""
        span = at if isinstance(at, Span) else at.span
        if self.first is None and (not self._is_open or span.path == self._root):
            self.first = Refusal(span, words, remedy)
            self._report(self.first.note)

    def note(self, span: Span, words: str) -> None:
        """Note a refusal whose reason is reported already."""
        if self.first is None and (not self._is_open or span.path == self._root):
            self.first = Refusal(span, words)

    def miss(self, at: Node, words: str) -> None:
        """Note what is named and is not there: GitLab refuses it, where all there is was read."""
        if self.is_whole:
            self.refuse(at, words)
        else:
            self._report(Unreadable(at.span.path, at.span.start_line, f"{words} {_NOT_READ}"))

    def check(self, root: Mapping) -> None:
        """Note what GitLab says first of the merged configuration.

        A file that is no root and has no job may be something else than a pipeline: nothing is said of it.
        """
        if self.first is None and (self.is_whole or has_job(root)):
            fault = first_fault(root, is_whole=self.is_whole, among=self._counts)
            if fault is not None:
                self.refuse(fault.node, fault.words, fault.remedy)

    def _counts(self, fault: FileFault) -> bool:
        """Whether nothing that was not read can replace what is at fault."""
        return not self._is_open or fault.node.span.path == self._root

    def give_up(self, at: Node, reason: str) -> None:
        """Note what was not followed any further, whatever GitLab does with it."""
        self.open()
        self._report(Unreadable(at.span.path, at.span.start_line, reason))
