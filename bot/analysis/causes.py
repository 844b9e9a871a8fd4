"""Which line of a change brought a finding in, where the finding is on a line that the change left alone.

A template loses its `rules:`, and a job of another file runs where it did not: the finding is about the job, the thread
belongs to the template. Only the place moves: the fingerprint stays that of the job.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.diff import FileLines, file_lines
from bot.documents.location import Span
from bot.documents.nodes import Entry, Mapping, Node, Sequence, plain
from bot.findings import Related
from bot.pipeline.family import parents
from bot.pipeline.model import is_foreign
from bot.snapshot import ChangedFile, FileChange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Dict

    from bot.findings import Finding
    from bot.pipeline.model import Job, Pipeline
    from bot.repository import Repository

_DECIDING: Final = (
    *("rules", "only", "except", "workflow", "inherit", "extends", "environment"),
    *("id_tokens", "secrets", "variables", "script", "before_script", "after_script", "artifacts"),
)
"""What is asked first when several parts of a job changed; any other part comes behind."""
_OF_HOLDERS: Final = ("id_tokens", "secrets")
"""What makes a job count for a finding about the whole pipeline."""


class Causes:
    """The change from `head.base` to `head`. `renamed_from` maps new paths to old ones."""

    def __init__(self, head: Repository, renamed_from: Dict[str, str] | None = None) -> None:
        self._head = head
        self._old = renamed_from or {}
        self._new = {old: new for new, old in self._old.items()}
        self._lines: dict[str, FileLines | None] = {}

    def at_cause(self, finding: Finding) -> Finding:
        """`finding` on the line of the change that brought it in; as it is where that is its own line, or unknown."""
        if self._head.base is None or self._is_new(finding.span):
            return finding
        found = self._cause(finding)
        if found is None or found[0][:2] == finding.span[:2]:
            return finding
        span, key = found
        return replace(
            finding,
            span=span,
            message=f"{finding.message} The cause is what this change does to `{key}`.",
            related=(Related(finding.span, "here it takes effect"), *finding.related),
        )

    def _cause(self, finding: Finding) -> tuple[Span, str] | None:
        for pipeline in self._head.pipelines:
            for job in pipeline.jobs.values():
                if job.subject == finding.subject:
                    found = self._of_job(pipeline, job, finding.construct)
                elif finding.subject == "pipeline":
                    found = self._of_holder(job)
                else:
                    continue
                if found is not None:
                    return found
        return None

    def _of_job(self, pipeline: Pipeline, job: Job, construct: str) -> tuple[Span, str] | None:
        before = self._head.before(job)
        if before is None:
            named = job.entry.key.span
            return (named, job.name) if self._is_new(named) else self._of_includes(pipeline)
        first = construct.partition(".")[0]
        changed = sorted(_changed(job.node, before.node), key=lambda key: _rank(key, first))
        for key in changed:
            span = self._place(job.node.entry(key), before.node.entry(key))
            if span is not None:
                return span, key
        base = self._base_of(pipeline)
        for key in ("workflow", "variables"):
            now = pipeline.node.entry(key) if pipeline.node else None
            then = base.node.entry(key) if base and base.node else None
            span = self._place(now, then) if _value(now) != _value(then) else None
            if span is not None:
                return span, key
        return self._of_parents(pipeline, base, job) or self._of_includes(pipeline)

    def _of_parents(self, pipeline: Pipeline, base: Pipeline | None, job: Job) -> tuple[Span, str] | None:
        """A template on the way whose own `extends` changed."""
        for parent in parents(job, pipeline):
            before = base.hidden_jobs.get(parent.name) if base else None
            if before is not None:
                span = self._place(parent.node.entry("extends"), before.node.entry("extends"))
                if span is not None:
                    return span, "extends"
        return None

    def _of_includes(self, pipeline: Pipeline) -> tuple[Span, str] | None:
        base = self._base_of(pipeline)
        for include in pipeline.includes:
            if self._is_new(include.span):
                return include.span, "include"
        for include in base.includes if base else ():
            place = self._gone(include.span)
            if place is not None:
                return place, "include"
        return None

    def _of_holder(self, job: Job) -> tuple[Span, str] | None:
        """What made this job a holder of tokens or secrets."""
        before = self._head.before(job)
        if before is None:
            named = job.entry.key.span
            return (named, job.name) if self._is_new(named) and (job.id_tokens or job.secrets) else None
        if not any(key in _OF_HOLDERS for key in _changed(job.node, before.node)):
            return None
        for key in (*_OF_HOLDERS, "inherit", "extends"):
            span = self._place(job.node.entry(key), before.node.entry(key))
            if span is not None:
                return span, key
        return None

    def _base_of(self, pipeline: Pipeline) -> Pipeline | None:
        root = self._old.get(pipeline.root, pipeline.root)
        known = self._head.base.pipelines if self._head.base else ()
        return next((each for each in known if each.root == root), None)

    def _place(self, now: Entry | None, then: Entry | None) -> Span | None:
        """The first line of the entry that is new, else the line before the first one that is gone."""
        for span in _spans(now):
            if self._is_new(span):
                return span
        return next((place for span in _spans(then) if (place := self._gone(span)) is not None), None)

    def _is_new(self, span: Span) -> bool:
        lines = self._of_file(span.path)
        return lines is not None and span.start_line in lines.added

    def _gone(self, span: Span) -> Span | None:
        """Where the line of the base stood, in the head; None where it still is there."""
        path = self._new.get(span.path, span.path)
        lines = self._of_file(path)
        if lines is None or span.start_line not in lines.removed:
            return None
        before = [run for run in lines.runs if run.old_start < span.start_line]
        line = before[-1].new_start + before[-1].count - 1 if before else 1
        return Span(path, line, 1, line, 2)

    def _of_file(self, path: str) -> FileLines | None:
        """The lines of a file of this repository that both sides may have; None where the head has none."""
        if path not in self._lines:
            text = None if is_foreign(path) else self._head.tree.files.get(path)
            old_path = self._old.get(path, path)
            old = self._head.base.tree.files.get(old_path) if self._head.base else None
            file = ChangedFile(old_path, path, FileChange.MODIFIED, None)
            self._lines[path] = None if text is None else file_lines(file, old, text)
        return self._lines[path]


def _changed(now: Mapping, then: Mapping) -> set[str]:
    """The keys with another value on the other side, or with none."""
    return {
        key
        for key in (*now.entries, *then.entries)
        if _value(now.entries.get(key)) != _value(then.entries.get(key))
    }


def _value(entry: Entry | None) -> object:
    return ("is", plain(entry.value)) if entry is not None else None


def _rank(key: str, first: str) -> tuple[bool, int, str]:
    return key != first, _DECIDING.index(key) if key in _DECIDING else len(_DECIDING), key


def _spans(entry: Entry | None) -> Iterator[Span]:
    """The places of the entry's key and of everything below it, in the order of the reader."""
    if entry is not None:
        yield entry.key.span
        yield from _below(entry.value)


def _below(node: Node) -> Iterator[Span]:
    if isinstance(node, Mapping):
        for entry in node:
            yield from _spans(entry)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _below(item)
    else:
        yield node.span
