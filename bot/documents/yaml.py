"""YAML as GitLab reads it: libyaml's events, given Psych's meaning, with the place of every character.

GitLab loads a file with `Psych.safe_load(text, permitted_classes: [Symbol, Reference], aliases: true)`, one
document at a time (gitlabhq `lib/gitlab/config/loader/yaml.rb`, `multi_doc_yaml.rb`, read 2026-11). libyaml is
what Psych is built on too, so the syntax agrees by construction; what the values mean is written in `psych.py`,
what mappings mean is written here, and `tests/oracle/test_psych.py` compares both with Psych itself.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.cyaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from bot.documents.location import Span, Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Style, plain
from bot.documents.psych import Refused, check_collection_tag, key_text, typed, typed_of_tag
from bot.documents.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH: Final = 100
"""GitLab's own limit on nesting (`max_yaml_depth`, docs.gitlab.com/administration/instance_limits, 2026-11)."""
MAX_NODES: Final = 300_000
"""A file beyond it takes seconds to read; GitLab's own limit (2 MiB in memory, `max_yaml_size_bytes`) is lower."""
MAX_ALIASED_NODES: Final = 200_000
"""How many nodes the aliases of a file may stand for together: tells many anchors from an alias bomb."""

_STYLES: Final = {
    "": Style.PLAIN,
    "'": Style.SINGLE,
    '"': Style.DOUBLE,
    "|": Style.LITERAL,
    ">": Style.FOLDED,
}
_MERGE: Final = "<<"
_STR_TAG: Final = "tag:yaml.org,2002:str"
_PROPERTY: Final = re.compile(r"[&!](?:<[^>\n]*>|[^\s,\[\]{}]*)(?:[ \t\r\n]+|#[^\n]*)*")
_NOWHERE: Final = Span("", 0, 0, 0, 0)


class Dialect(StrEnum):
    """Who reads the file. GitLab refuses dates, times and tags that name Ruby classes; others do not."""

    GITLAB = "gitlab"
    GENERAL = "general"


def parse_yaml(path: str, text: str, dialect: Dialect = Dialect.GITLAB) -> tuple[Node, ...] | Unreadable:
    """Every document of `text` that holds anything, or why GitLab (or nobody) could read it.

    Repeated keys, `<<` and scalars are settled as Psych settles them. Aliased nodes are shared, and an entry that
    came by an alias says so in `via`. Keys that are no strings stand under the text that Ruby prints for them.
    """
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        return Unreadable(
            path, line, "a NUL character stands in the file: remove it, or save the file as UTF-8"
        )
    has_mark = text.startswith("\ufeff")
    reader = _Reader(Source(path, text), dialect, shift=has_mark)
    try:
        return reader.documents(CParser(text.removeprefix("\ufeff")).get_event)
    except Refused as refused:
        return Unreadable(path, reader.line, str(refused))
    except YAMLError as error:
        return _syntax_error(path, text, error)
    except UnicodeEncodeError:
        return Unreadable(path, 0, "the file holds half a surrogate pair: save it as UTF-8")


class _Frame:
    """A mapping or a sequence whose end has not come yet."""

    __slots__ = ("anchor", "end", "in_flow", "items", "key", "node", "size", "start")

    def __init__(self, node: Mapping | Sequence, event: Any, start: tuple[int, int]) -> None:
        self.node = node
        self.anchor: str | None = event.anchor
        self.in_flow: bool = event.flow_style
        self.start = start
        self.end = start
        self.items: list[Node] = []
        self.key: tuple[Scalar, bool] | None = None
        """the key whose value comes next, and whether it merges"""
        self.size = 1


class _Reader:
    """Events in, documents out. Keeps a stack of its own, so that no nesting can exhaust Python's."""

    def __init__(self, source: Source, dialect: Dialect, *, shift: bool) -> None:
        self._source = source
        self._path = source.path
        self._dialect = dialect
        self._shift = int(shift)
        """1 where a byte order mark, which libyaml does not count, stands before everything"""
        self._by_index = shift or source.has_foreign_breaks
        """libyaml's own lines are not git's: count from the indices"""
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        """each anchor's node, and how many nodes that is"""
        self._aliased = 0
        self._event: Any = None

    @property
    def line(self) -> int:
        """The line (1-based) of what was read last."""
        return self._place(self._event.start_mark)[0] if self._event is not None else 0

    def documents(self, next_event: Callable[[], Any]) -> tuple[Node, ...]:
        """All documents, empty ones left out.

        Raises:
            Refused: GitLab would refuse the file, or it is too large to be a file that people write.
            YAMLError: libyaml refuses it.
        """
        read: list[Node] = []
        root: Node | None = None
        stack = self._stack
        count = 0
        while True:
            event = self._event = next_event()
            kind = type(event)
            size, via = 1, ()
            if kind is ScalarEvent:
                node: Node = self._scalar(event)
                span = node.span
                end = (span.end_line, span.end_column)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                frame = stack.pop()
                node, size, end = self._close(frame, event), frame.size, frame.end
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append(self._open(event, is_mapping=kind is MappingStartEvent))
                if len(stack) > MAX_DEPTH:
                    raise Refused(f"nested deeper than the {MAX_DEPTH} levels that GitLab reads: flatten it")
                continue
            elif kind is AliasEvent:
                node, size = self._alias(event)
                via, end = (f"anchor &{event.anchor}",), self._place(event.end_mark)
            elif kind is DocumentStartEvent:
                root = None
                self._anchors = {}
                continue
            elif kind is DocumentEndEvent:
                if root is not None and not (isinstance(root, Scalar) and root.value is None):
                    read.append(root)
                continue
            elif kind is StreamEndEvent:
                return tuple(read)
            else:
                continue
            count += 1
            if count > MAX_NODES:
                raise Refused(
                    f"more than {MAX_NODES:,} values: split the file, or leave it out of the checks"
                )
            if stack:
                frame = stack[-1]
                frame.end = end
                frame.size += size
                self._attach(frame, node, via)
            else:
                root = node

    def _attach(self, frame: _Frame, node: Node, via: tuple[str, ...]) -> None:
        if type(frame.node) is Sequence:
            if via and type(node) is Sequence:
                node = Sequence(node.items, node.span, node.tag, (*via, *node.via))
            frame.items.append(node)
        elif frame.key is None:
            frame.key = self._as_key(node)
        else:
            key, merges = frame.key
            frame.key = None
            entries = frame.node.entries
            if merges and self._merge(entries, node, via):
                return
            name = key.text if type(key.value) is str else key_text(key.value)
            entries[key.value if type(key.value) is str else name] = Entry(key, node, via)

    def _as_key(self, node: Node) -> tuple[Scalar, bool]:
        """The node as a key, and whether it is `<<` (also in quotes: Psych compares the value alone)."""
        event = self._event
        if type(node) is not Scalar:
            text = json.dumps(plain(node), ensure_ascii=False, default=str)
            return Scalar(text, text, node.span, tag=node.tag), False
        if type(event) is AliasEvent:
            start, end = self._place(event.start_mark), self._place(event.end_mark)
            return Scalar(node.value, node.text, Span(self._path, *start, *end), tag=node.tag), False
        return node, node.value == _MERGE and node.tag != _STR_TAG

    def _merge(self, entries: dict[str, Entry], value: Node, via: tuple[str, ...]) -> bool:
        """Merge `value` into `entries` as Psych does: over what stands there. False where Psych would not merge."""
        if type(value) is Mapping and value.tag != "!reference":
            merged = dict(value.entries)
        elif type(value) is Sequence and not via:
            if value.tag == "!reference":
                raise Refused(
                    "GitLab cannot merge a !reference with <<: use extends, or refer to single keys"
                )
            if not all(type(item) is Mapping for item in value.items):
                return False
            merged = {}
            for item in reversed(value.items):
                merged.update(item.entries)
        else:
            return False
        for name, entry in merged.items():
            entries[name] = Entry(entry.key, entry.value, (*via, *entry.via)) if via else entry
        return True

    def _scalar(self, event: Any) -> Scalar:
        text = event.value
        style = _STYLES[event.style]
        first, last = event.start_mark, event.end_mark
        anchor, tag = event.anchor, event.tag
        value = text
        if tag is not None:
            value = self._tagged(tag, text)
        elif event.implicit[0]:
            value = self._typed(text)
        if anchor is None and tag is None and not self._by_index and style is Style.PLAIN:
            start_line, end_line = first.line + 1, last.line + 1
            node = Scalar(
                value, text, Span(self._path, start_line, first.column + 1, end_line, last.column + 1)
            )
            if start_line != end_line:
                node.locate = partial(self._source.locate, first.index, last.index, style, text)
            return node
        start, end = first.index + self._shift, last.index + self._shift
        if anchor is not None or tag is not None:
            start = self._after_properties(start, end)
        if style is Style.LITERAL or style is Style.FOLDED:
            end = start + len(self._source.text[start:end].rstrip(" \t\r\n"))
        locate = partial(self._source.locate, start, end, style, text)
        if text is not value and isinstance(value, str) and tag is not None and "binary" in tag:
            text, locate = value, partial(_fixed_place, self._source, start)
        node = Scalar(value, text, self._source.span(start, end), style, tag, locate)
        if anchor is not None:
            self._anchors[anchor] = (node, 1)
        return node

    def _typed(self, text: str) -> str | int | float | bool | None:
        try:
            return typed(text)
        except Refused:
            if self._dialect is Dialect.GITLAB:
                raise
            return text

    def _tagged(self, tag: str, text: str) -> str | int | float | bool | None:
        try:
            return typed_of_tag(tag, text)
        except Refused:
            if self._dialect is Dialect.GITLAB:
                raise
            return text

    def _open(self, event: Any, *, is_mapping: bool) -> _Frame:
        tag = event.tag
        if tag is not None and self._dialect is Dialect.GITLAB:
            check_collection_tag(tag)
        node: Mapping | Sequence = Mapping({}, _NOWHERE, tag) if is_mapping else Sequence((), _NOWHERE, tag)
        if tag is None and event.anchor is None:
            start = self._place(event.start_mark)
        else:
            start = self._start_after_properties(event)
        frame = _Frame(node, event, start)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (node, 0)
        return frame

    def _close(self, frame: _Frame, event: Any) -> Mapping | Sequence:
        node = frame.node
        if frame.in_flow:
            frame.end = self._place(event.end_mark)
        node.span = Span(self._path, *frame.start, *frame.end)
        if type(node) is Sequence:
            node.items = tuple(frame.items)
        if frame.anchor is not None and self._anchors[frame.anchor][0] is node:
            self._anchors[frame.anchor] = (node, frame.size)
        return node

    def _alias(self, event: Any) -> tuple[Node, int]:
        """The node that the alias stands for, and its size."""
        known = self._anchors.get(event.anchor)
        if known is None:
            raise Refused(
                f"the alias *{event.anchor} has no anchor before it in this file: "
                "anchors do not reach across files, use extends or !reference"
            )
        node, size = known
        if any(frame.node is node for frame in self._stack):
            frame = self._stack[-1]
            if frame.key is None or not frame.key[1]:
                raise Refused(f"the anchor &{event.anchor} contains itself: take the alias out of it")
            node = Mapping(dict(node.entries), node.span) if type(node) is Mapping else node
        self._aliased += size
        if self._aliased > MAX_ALIASED_NODES:
            raise Refused(
                f"its aliases stand for more than {MAX_ALIASED_NODES:,} values: GitLab refuses that"
            )
        return node, size

    def _place(self, mark: Any) -> tuple[int, int]:
        if self._by_index:
            return self._source.place(mark.index + self._shift)
        return mark.line + 1, mark.column + 1

    def _after_properties(self, start: int, end: int) -> int:
        """The index behind the anchor and the tag that stand at `start`."""
        text = self._source.text
        while start < end and text[start] in "&!":
            match = _PROPERTY.match(text, start, end)
            if match is None:
                break
            start = match.end()
        return start

    def _start_after_properties(self, event: Any) -> tuple[int, int]:
        """Where a mapping or sequence with an anchor or a tag begins: its bracket, its first key or dash."""
        index = event.end_mark.index + self._shift
        if event.flow_style:
            return self._source.place(index - 1)
        if type(event) is SequenceStartEvent and self._source.text[index : index + 1] != "-":
            return self._source.place(
                index - 1
            )  # a list no deeper than its key: libyaml's mark is behind the dash
        return self._source.place(index)


def _fixed_place(source: Source, index: int, _offset: int) -> Any:
    """The place of a value that has no character of its own in the file (it stands there in base64)."""
    return source.place(index)


def _syntax_error(path: str, text: str, error: YAMLError) -> Unreadable:
    """libyaml's complaint with its line and, where it is known, what to do about it."""
    problem, line = str(getattr(error, "problem", "") or ""), 0
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        line = error.problem_mark.line + 1
    else:
        position = getattr(error, "position", None)
        problem = problem or str(getattr(error, "reason", "") or "not readable")
        line = text.encode(errors="replace").count(b"\n", 0, position) + 1 if isinstance(position, int) else 0
    return Unreadable(path, line, f"not YAML, {problem}: {_remedy(problem)}")


def _remedy(problem: str) -> str:
    for sign, remedy in (
        ("tab", "indent with blanks, never with tabs"),
        (
            "cannot start any token",
            "put a value that begins with @, ` or % in quotes, and indent with blanks, not tabs",
        ),
        ("mapping values are not allowed", "put a value that holds a colon and a blank in quotes"),
        ("could not find expected ':'", "a key has no colon, or a value of several lines needs | or quotes"),
        ("did not find expected key", "check the indentation and the quotes of the lines above"),
        ("did not find expected '-' indicator", "check the indentation of the list"),
        ("unexpected end of stream", "close the quotes"),
        ("control characters", "remove the control character"),
    ):
        if sign in problem:
            return remedy
    return "correct this line or the one above it"
