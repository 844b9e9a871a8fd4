"""YAML as GitLab reads it: libyaml's events, given Psych's meaning, with the place of every character.

GitLab loads a file with `Psych.safe_load(text, permitted_classes: [Symbol, Reference], aliases: true)`, one
document at a time (gitlabhq `lib/gitlab/config/loader/yaml.rb`, `multi_doc_yaml.rb`, read 2026-11). Psych is
built on libyaml too, so the syntax agrees by construction; what values mean is written in `psych.py`, what
mappings mean in `yaml_reader.py`, and `tests/oracle/test_psych.py` compares both with Psych itself.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import ScalarEvent

from bot.documents.libyaml import disguised, syntax_error, undisguised
from bot.documents.location import Unreadable
from bot.documents.nodes import Node, Scalar
from bot.documents.psych import RefusedValue
from bot.documents.source import SourceText
from bot.documents.yaml_reader import Dialect, YamlReader
from bot.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Dialect", "YamlDocuments", "parse_yaml"]

_DIVIDER: Final = regex(r"^---\s+", re.MULTILINE | re.ASCII)
_MOST_DIVIDERS: Final = 2
"""GitLab cuts a file at the first two, which swallows the blanks in front of the next key (`multi_doc_yaml.rb`)."""


class YamlDocuments(tuple[Node, ...]):  # noqa: SLOT001 - a tuple can have no slots that hold anything
    """The documents of a file in their order. `unused_from`: the line from which nothing is read any more, or 0."""

    unused_from: int = 0


def parse_yaml(path: str, text: str, dialect: Dialect = Dialect.GITLAB) -> YamlDocuments | Unreadable:
    """Every document of `text` that holds anything, or why GitLab (or nobody) could read it.

    Repeated keys, `<<` and scalars are settled as Psych settles them. Aliased values are shared, and an entry
    that came by an alias says so in `via`. Keys that are no strings are under what Ruby prints for them.
    Behind a byte order mark Psych reads the first key and drops the rest; here everything is read.
    """
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        return Unreadable(path, line, "a NUL character is in the file: remove it, or save the file as UTF-8")
    body = text.removeprefix("\ufeff")
    source = SourceText(path, text)
    if dialect is Dialect.GITLAB:
        return _as_gitlab(source, body)
    read = _read(source, dialect, body, len(text) - len(body))
    return read if isinstance(read, Unreadable) else YamlDocuments(filter(_is_something, read[0]))


def _as_gitlab(source: SourceText, body: str) -> YamlDocuments | Unreadable:
    """The first document of each part that GitLab cuts the file into; it leaves out those that contain nothing."""
    starts = [0]
    ends = []
    for divider in islice(_DIVIDER.finditer(body), _MOST_DIVIDERS) if "---" in body else ():
        ends.append(divider.start())
        starts.append(divider.end())
    mark = len(source.text) - len(body)
    found: list[Node] = []
    unused = 0
    for start, end in zip(starts, [*ends, len(body)], strict=True):
        part = body[start:end]
        if start == 0 and part.startswith("%"):
            return Unreadable(
                source.path,
                1,
                "GitLab splits a file at --- first, and cannot read a directive alone: remove it",
            )
        above = body.count("\n", 0, start)
        # Line breaks in front keep the lines true; columns are, where the part begins at a margin.
        is_at_margin = start == 0 or body[start - 1] == "\n"
        read = _read(
            source,
            Dialect.GITLAB,
            "\n" * above + part,
            start - above + mark,
            by_index=mark > 0 or not is_at_margin,
        )
        if isinstance(read, Unreadable):
            return read if is_at_margin else _begun_too_late(source, start)
        found += read[0]
        unused = unused or read[1]
    documents = YamlDocuments(each for each in found if not _is_blank(each))
    documents.unused_from = unused
    return documents


def _begun_too_late(source: SourceText, start: int) -> Unreadable:
    """Why a part could not be read whose first line GitLab takes the blanks from."""
    line = source.text.count("\n", 0, start) + 1
    return Unreadable(
        source.path, line, "GitLab takes the blanks behind --- away: begin this line at the margin"
    )


def _is_something(node: Node) -> bool:
    return not (isinstance(node, Scalar) and node.value is None)


def _is_blank(node: Node) -> bool:
    """Whether Rails calls it blank: null, false, nothing but blanks, an empty list or mapping."""
    if isinstance(node, Scalar):
        return (
            node.value is None
            or node.value is False
            or (isinstance(node.value, str) and not node.value.strip())
        )
    return len(node) == 0


def _read(
    source: SourceText, dialect: Dialect, body: str, shift: int, *, by_index: bool | None = None
) -> tuple[list[Node], int] | Unreadable:
    """The documents of `body`, and the line from which nothing is read any more.

    The characters of `body` are `shift` further behind in the text of `source`.
    """
    try:
        return _documents_of(source, dialect, CParser(body).get_event, shift, by_index=by_index)
    except YAMLError as error:
        again = disguised(body)
        if again is not None:
            try:
                return _documents_of(
                    source, dialect, _undisguised(CParser(again).get_event), shift, by_index=by_index
                )
            except YAMLError:
                pass
        return syntax_error(source.path, body, error)
    except UnicodeEncodeError:
        return Unreadable(source.path, 0, "the file holds half a surrogate pair: save it as UTF-8")


def _documents_of(
    source: SourceText, dialect: Dialect, next_event: Callable[[], Any], shift: int, *, by_index: bool | None
) -> tuple[list[Node], int] | Unreadable:
    reader = YamlReader(source, dialect, shift, by_index=shift > 0 if by_index is None else by_index)
    try:
        return reader.documents(next_event)
    except RefusedValue as refused:
        return Unreadable(source.path, reader.line, str(refused))


def _undisguised(next_event: Callable[[], Any]) -> Callable[[], Any]:
    """The events of a disguised text, their values as they were."""

    def step() -> Any:
        event = next_event()
        if type(event) is ScalarEvent:
            event.value = undisguised(event.value)
        return event

    return step
