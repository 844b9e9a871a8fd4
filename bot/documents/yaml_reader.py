"""libyaml's events become nodes: mappings, aliases and `<<` as Psych reads them, each value with its place."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from bot.documents.location import Place, Span
from bot.documents.merging import MERGE_KEY, merge, with_way
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Style, plain
from bot.documents.psych import (
    BINARY_TAGS,
    SYMBOL_TAG,
    RefusedValue,
    Value,
    check_collection_tag,
    key_text,
    symbol_prefix,
    typed,
    typed_of_tag,
    typed_or_text,
)
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.source import SourceText

MAX_DEPTH: Final = 100
"""GitLab's limit on nesting (`max_yaml_depth`, docs.gitlab.com/administration/instance_limits, 2026-11)"""
MAX_NODES: Final = 200_000
"""A file beyond it takes seconds to read; GitLab's limit (2 MiB in memory, `max_yaml_size_bytes`) is lower"""
MAX_ALIASED_NODES: Final = 200_000
"""How many nodes the aliases of a file may stand for together: what many anchors and an alias bomb differ in."""

_STYLES: Final = {
    "": Style.PLAIN,
    "'": Style.SINGLE,
    '"': Style.DOUBLE,
    "|": Style.LITERAL,
    ">": Style.FOLDED,
}
_STR_TAG: Final = "tag:yaml.org,2002:str"
_PROPERTY: Final = regex(r"[&!](?:<[^>\n]*>|[^\s,\[\]{}]*)(?:[ \t\r\n]+|#[^\n]*)*")
_NOWHERE: Final = Span("", 0, 0, 0, 0)
_DIRECTLY: Final[tuple[str, ...]] = ()
_new_tuple: Final = tuple.__new__
"""three times as fast as the named tuple's own constructor, and every plain scalar needs one"""


class Dialect(StrEnum):
    """Who reads the file. GitLab refuses dates, times and tags that name Ruby classes; others do not."""

    GITLAB = "gitlab"
    GENERAL = "general"


class _Frame:
    """A mapping or a sequence whose end has not come yet."""

    __slots__ = ("anchor", "entries", "in_flow", "items", "key", "last", "merges", "node", "size", "start")

    def __init__(self, node: Mapping | Sequence, event: Any, start: Place) -> None:
        self.node = node
        self.anchor: str | None = event.anchor
        self.in_flow: bool = event.flow_style
        self.start = start
        self.last: Span | None = None
        """where the part read last is"""
        self.items: list[Node] = []
        self.entries: dict[str, Entry] | None = node.entries if isinstance(node, Mapping) else None
        self.key: Scalar | None = None
        """the key whose value comes next"""
        self.merges = False
        """whether that key is `<<`"""
        self.size = 1


class YamlReader:
    """Events in, documents out. Keeps a stack of its own, so that no nesting can exhaust Python's."""

    def __init__(self, source: SourceText, dialect: Dialect, shift: int, *, by_index: bool) -> None:
        self._source = source
        self._path = source.path
        self._dialect = dialect
        self._shift = shift
        """how many characters are before everything that libyaml does not count"""
        self._by_index = by_index or source.has_foreign_breaks
        """libyaml's own lines are not git's: count from the indices"""
        self._typed = typed if dialect is Dialect.GITLAB else typed_or_text
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        """each anchor's node, and how many nodes that is"""
        self._aliased = 0
        self._event: Any = None

    @property
    def line(self) -> int:
        """The line (1-based) of what was read last."""
        return self._place(self._event.start_mark).line if self._event is not None else 0

    def documents(self, next_event: Callable[[], Any]) -> tuple[list[Node], int]:  # noqa: C901, PLR0912, PLR0915 - hot
        """All documents, for GitLab the first alone; and the line from which it reads nothing any more, 0 if none.

        Raises:
            RefusedValue: GitLab would refuse the file, or it is too large to be a file that people write.
            YAMLError: libyaml refuses it.
        """
        path, typed_of, by_index, stack = self._path, self._typed, self._by_index, self._stack
        read: list[Node] = []
        frame: _Frame | None = None
        node: Node | None = None
        count = 0
        while True:
            event = self._event = next_event()
            kind = type(event)
            size, via = 1, _DIRECTLY
            if kind is ScalarEvent:
                if event.style or by_index or not event.value or event.anchor or event.tag:
                    node = self._scalar(event)
                    span = node.span
                else:
                    text, first, last = event.value, event.start_mark, event.end_mark
                    line, end_line = first.line + 1, last.line + 1
                    span = _new_tuple(Span, (path, line, first.column + 1, end_line, last.column + 1))
                    value = typed_of(text)
                    if type(value) is str and value is not text and value != text:
                        node = self._symbol(value, text, span)
                    else:
                        node = Scalar(value, text, span)
                    if line != end_line:
                        node.locate = partial(self._source.locate, first.index, last.index, Style.PLAIN, text)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                closed = stack.pop()
                node, size = self._close(closed, event), closed.size
                span = node.span
                frame = stack[-1] if stack else None
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                frame = self._open(event, is_mapping=kind is MappingStartEvent)
                stack.append(frame)
                if len(stack) > MAX_DEPTH:
                    raise RefusedValue(
                        f"nested deeper than the {MAX_DEPTH} levels that GitLab reads: flatten it"
                    )
                continue
            elif kind is AliasEvent:
                node, size = self._alias(event)
                via, span = (f"anchor &{event.anchor}",), self._span_of(event)
            elif kind is DocumentEndEvent:
                if node is not None:
                    read.append(node)
                if self._dialect is Dialect.GITLAB:
                    return read, self._line_behind(next_event)
                self._anchors = {}
                continue
            elif kind is StreamEndEvent:
                return read, 0
            else:
                continue
            count += 1
            if count > MAX_NODES:
                raise RefusedValue(
                    f"more than {MAX_NODES:,} values: split the file, or leave it out of the checks"
                )
            if frame is None:
                continue
            frame.last = span
            frame.size += size
            if frame.entries is None:
                frame.items.append(with_way(node, via) if via else node)
            elif frame.key is None:
                frame.key = key = self._as_key(node, span)
                frame.merges = key.value == MERGE_KEY and key.tag != _STR_TAG
            else:
                key, frame.key = frame.key, None
                if not frame.merges or not merge(frame.entries, node, via):
                    name = key.value if type(key.value) is str else key_text(key.value)
                    if name not in frame.entries or _replaces(frame.entries[name].key, key):
                        frame.entries[name] = Entry(key, node, via)

    def _line_behind(self, next_event: Callable[[], Any]) -> int:
        """The line of what is behind the first document, where anything does; 0 else."""
        try:
            event = next_event()
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            return self._place(mark).line if mark is not None else self.line
        if type(event) is StreamEndEvent:
            return 0
        self._event = event
        return self.line

    def _as_key(self, node: Node, span: Span) -> Scalar:
        """The node as a key; an alias, a mapping or a list becomes a scalar that is at `span`."""
        if isinstance(node, Scalar) and node.span is span:
            return node
        if isinstance(node, Scalar):
            return Scalar(node.value, node.text, span, tag=node.tag)
        text = json.dumps(plain(node), ensure_ascii=False, separators=(",", ":"), default=str)
        kind = "map" if isinstance(node, Mapping) else "seq"
        return Scalar(text, text, span, tag=node.tag or f"tag:yaml.org,2002:{kind}")

    def _scalar(self, event: Any) -> Scalar:
        """A scalar with quotes, a block, an anchor or a tag."""
        text, anchor, tag = event.value, event.anchor, event.tag
        style = _STYLES[event.style]
        start, end = event.start_mark.index + self._shift, event.end_mark.index + self._shift
        if anchor is not None or tag is not None:
            start = self._after_properties(start, end)
        is_block = style is Style.LITERAL or style is Style.FOLDED
        if is_block:
            end = start + len(self._source.text[start:end].rstrip(" \t\r\n"))
        if is_block or anchor is not None or tag is not None or not text:
            span = self._source.span(start, end)
        else:
            span = self._span_of(event)
        if tag is not None:
            value = self._tagged(tag, text)
        else:
            value = self._typed(text) if event.implicit[0] else text
        locate: Callable[[int], Place] | None = None
        if tag in BINARY_TAGS and isinstance(value, str):
            text = value
            locate = partial(_fixed_place, self._source.place(start))
        elif style is not Style.PLAIN or span.start_line != span.end_line:
            locate = partial(self._source.locate, start, end, style, text)
        if style is Style.PLAIN and tag is None and type(value) is str and value != text:
            node = self._symbol(value, text, span)
        else:
            node = Scalar(value, text, span, style, tag, locate)
        if anchor is not None:
            self._anchors[anchor] = (node, 1)
        return node

    @staticmethod
    def _symbol(name: str, text: str, span: Span) -> Scalar:
        """A plain scalar `:name`, which is the name alone."""
        column = span.start_column + symbol_prefix(text)
        line = span.start_line

        def locate(offset: int) -> Place:
            return Place(line, column + offset)

        return Scalar(name, name, span, tag=SYMBOL_TAG, locate=locate)

    def _tagged(self, tag: str, text: str) -> Value:
        try:
            return typed_of_tag(tag, text)
        except RefusedValue:
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
        node, last = frame.node, frame.last
        if frame.in_flow or last is None:
            end_line, end_column = self._place(event.end_mark)
        else:
            end_line, end_column = last.end_line, last.end_column
        start_line, start_column = frame.start
        node.span = _new_tuple(Span, (self._path, start_line, start_column, end_line, end_column))
        if isinstance(node, Sequence):
            node.items = tuple(frame.items)
        if frame.anchor is not None and self._anchors[frame.anchor][0] is node:
            self._anchors[frame.anchor] = (node, frame.size)
        return node

    def _alias(self, event: Any) -> tuple[Node, int]:
        """The node that the alias stands for, and its size."""
        known = self._anchors.get(event.anchor)
        if known is None:
            raise RefusedValue(
                f"the alias *{event.anchor} has no anchor before it in this file: "
                "anchors do not reach across files, use extends or !reference"
            )
        node, size = known
        if any(frame.node is node for frame in self._stack):
            frame = self._stack[-1]
            if frame.key is None or not frame.merges:
                raise RefusedValue(f"the anchor &{event.anchor} contains itself: take the alias out of it")
            node = Mapping(dict(node.entries), node.span) if type(node) is Mapping else node
        self._aliased += size
        if self._aliased > MAX_ALIASED_NODES:
            raise RefusedValue(
                f"its aliases stand for more than {MAX_ALIASED_NODES:,} values: GitLab refuses that"
            )
        return node, size

    def _place(self, mark: Any) -> Place:
        if self._by_index:
            return self._source.place(mark.index + self._shift)
        return Place(mark.line + 1, mark.column + 1)

    def _span_of(self, event: Any) -> Span:
        first, last = event.start_mark, event.end_mark
        if self._by_index:
            return self._source.span(first.index + self._shift, last.index + self._shift)
        place = (self._path, first.line + 1, first.column + 1, last.line + 1, last.column + 1)
        return _new_tuple(Span, place)

    def _after_properties(self, start: int, end: int) -> int:
        """The index behind the anchor and the tag at `start`."""
        text = self._source.text
        while start < end and text[start] in "&!":
            match = _PROPERTY.match(text, start, end)
            if match is None:
                break
            start = match.end()
        return start

    def _start_after_properties(self, event: Any) -> Place:
        """Where a mapping or sequence with an anchor or a tag begins: its bracket, its first key or dash."""
        index = event.end_mark.index + self._shift
        if event.flow_style:
            return self._source.place(index - 1)
        if type(event) is SequenceStartEvent and self._source.text[index : index + 1] != "-":
            return self._source.place(
                index - 1
            )  # a list no deeper than its key: libyaml's mark is behind the dash
        return self._source.place(index)


def _fixed_place(place: Place, _offset: int) -> Place:
    """The place of every character of a value that is in the file as base64."""
    return place


def _replaces(earlier: Scalar, key: Scalar) -> bool:
    """Whether a key that is the same text stands in place of the earlier; GitLab keeps `yes` beside `'true'`."""
    return type(earlier.value) is str or type(key.value) is not str
