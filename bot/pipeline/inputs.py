"""`$[[ inputs.x | function ]]`, filled in as GitLab fills it in."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.documents.location import Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence
from bot.pipeline.model import is_foreign
from bot.pipeline.specs import Input, Refusal, accepted, declared_inputs, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as Items

    from bot.documents.location import Place, Span

_BLOCK: Final = re.compile(r"\$\[\[\s*(?P<body>[^\]$]{1,1024}?)\s*\]\]")
_INPUT: Final = re.compile(r"inputs\.(?P<name>[\w-]+)$")
_TRUNCATE: Final = re.compile(r"truncate\(\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)?$")
_SPLIT: Final = re.compile(r"split\('([^']*)'\)$")
_MAX_FUNCTIONS: Final = 3
_REFUSED: Final = "GitLab refuses the pipeline"
_NAMED: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Header:
    """A file's content and the inputs that its header declares; `declared` is None where it has no header."""

    content: Node | None
    declared: dict[str, Input] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An include that brings a file in, with what it gives it."""

    at: Span
    given: Mapping | None


def split_header(documents: tuple[Node, ...]) -> Header:
    """The content of a file and the inputs that its header declares: two documents, the first with `spec:`."""
    first = documents[0] if documents else None
    if not isinstance(first, Mapping) or "spec" not in first:
        return Header(first)
    if len(documents) > 1:
        return Header(documents[1], declared_inputs(first))
    if isinstance(first.get("spec"), Mapping) and len(first) == 1:
        return Header(None)
    return Header(first)


def fill_inputs(
    header: Header, call: Call | None, variables: dict[str, str], tell: Callable[[Unreadable], None]
) -> Node | None:
    """The content with its inputs filled in: from the include that brings it in, else defaults.

    What has no value stays as written: it is unknown. A call that GitLab refuses is told at the include, and the
    content still read, with what there is. `variables` serves `expand_vars`.
    """
    if header.declared is None:
        if call is not None and call.given is not None and len(call.given) and header.content is not None:
            _tell(call, "the file takes no inputs", tell)
        return header.content
    values = _values(header.declared, call, tell)
    if header.content is None:
        return None
    return _Filler(header.declared, values, variables, tell).fill(header.content)


def _values(
    declared: dict[str, Input], call: Call | None, tell: Callable[[Unreadable], None]
) -> dict[str, Node]:
    values: dict[str, Node] = {}
    given = call.given if call is not None and call.given is not None else None
    for each in declared.values():
        if each.default is not None:
            try:
                values[each.name] = accepted(each, each.default)
            except Refusal as refusal:
                values[each.name] = each.default
                span = each.key.span
                tell(
                    Unreadable(span.path, span.start_line, f"the default of the input {refusal}: {_REFUSED}")
                )
        value = given.get(each.name) if given is not None else None
        if value is not None and call is not None and not (isinstance(value, Scalar) and value.value is None):
            try:
                values[each.name] = accepted(each, value)
            except Refusal as refusal:
                values[each.name] = value
                _tell(call, f"the input {refusal}", tell)
        elif call is not None and each.is_required:
            # The name stands in a file that the reader may not see.
            name = "an input" if is_foreign(each.key.span.path) else f"the input `{each.name}`"
            _tell(call, f"{name} that has no default is not given", tell)
    if given is not None and call is not None:
        for name in given.entries:
            if name not in declared:
                _tell(call, f"the file has no input `{name}`", tell)
    return values


def _tell(call: Call, reason: str, tell: Callable[[Unreadable], None]) -> None:
    tell(Unreadable(call.at.path, call.at.start_line, f"{reason}: {_REFUSED}"))


class _Filler:
    """Puts values into the content, in place of `$[[ inputs.name ]]`."""

    def __init__(
        self,
        declared: dict[str, Input],
        values: dict[str, Node],
        variables: dict[str, str],
        tell: Callable[[Unreadable], None],
    ) -> None:
        self._declared = declared
        self._values = values
        self._variables = variables
        self._tell = tell

    def fill(self, node: Node) -> Node:
        """`node` with its blocks filled; the same object where it holds none."""
        if isinstance(node, Scalar):
            return self._scalar(node) if "$[[" in node.text else node
        if isinstance(node, Sequence):
            items = tuple(self.fill(item) for item in node.items)
            unchanged = all(a is b for a, b in zip(items, node.items, strict=True))
            return node if unchanged else Sequence(items, node.span, node.tag, node.via)
        entries = {}
        for name, entry in node.entries.items():
            key = self.fill(entry.key) if "$[[" in name else entry.key
            value = self.fill(entry.value)
            if not isinstance(key, Scalar):
                key = entry.key
            entries[key.text if key is not entry.key else name] = (
                entry if key is entry.key and value is entry.value else Entry(key, value, entry.via)
            )
        return Mapping(entries, node.span, node.tag)

    def _scalar(self, scalar: Scalar) -> Node:
        whole = _BLOCK.fullmatch(scalar.text)
        if whole:
            value = self._value(whole["body"], scalar)
            return scalar if value is None else _at(value, scalar)
        pieces: list[tuple[int, int, bool]] = []  # start in the new text, start in the old, copied
        text = ""
        end = 0
        for match in _BLOCK.finditer(scalar.text):
            value = self._value(match["body"], scalar)
            if value is None:
                continue
            pieces += [(len(text), end, True), (len(text) + match.start() - end, match.start(), False)]
            text += scalar.text[end : match.start()] + written(value)
            end = match.end()
        if not pieces:
            return scalar
        pieces.append((len(text), end, True))
        text += scalar.text[end:]
        return Scalar(text, text, scalar.span, scalar.style, scalar.tag, _locator(scalar, pieces))

    def _value(self, body: str, scalar: Scalar) -> Node | None:
        """What a block stands for; None where that is not known, or GitLab refuses the block, which is told."""
        access, *functions = [part.strip() for part in body.split("|")]
        match = _INPUT.match(access)
        if match is None:
            return None  # `matrix.` and `component.` are filled in elsewhere
        try:
            return self._result(match["name"], functions)
        except Refusal as refusal:
            span = scalar.span
            self._tell(Unreadable(span.path, span.start_line, f"`$[[ {access} ]]`: {refusal}; {_REFUSED}"))
            return None

    def _result(self, name: str, functions: list[str]) -> Node | None:
        if name not in self._declared:
            raise Refusal("no such input is declared in this file's header")
        if len(functions) > _MAX_FUNCTIONS:
            raise Refusal(f"a block can have {_MAX_FUNCTIONS} functions at most")
        value = self._values.get(name)
        for function in functions:
            value = applied(function, value, self._variables)
        return value


def applied(function: str, value: Node | None, variables: dict[str, str]) -> Node | None:
    """What an interpolation function makes of `value`; None where the value is not known.

    After gitlabhq `lib/gitlab/ci/config/interpolation/functions/*.rb`, read 2026-11.

    Raises:
        Refusal: GitLab knows no such function, or it cannot be used with this value.
    """
    cut, split = _TRUNCATE.match(function), _SPLIT.match(function)
    if not (cut or split or function in {"expand_vars", "posix_escape", "posix_quote"}):
        raise Refusal("GitLab knows no such function, or not with these arguments")
    if value is None:
        return None
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        raise Refusal("the functions take text only")
    text = value.text
    if split:
        if not split[1]:
            raise Refusal("the separator of `split` is empty")
        parts = [part.strip() for part in text.split(split[1])]
        return Sequence(tuple(Scalar(part, part, value.span) for part in parts if part), value.span)
    if cut:
        text = text[int(cut[1]) : int(cut[1]) + int(cut[2])]
    elif function == "expand_vars":
        text = _NAMED.sub(lambda m: variables.get(m[1] or m[2], m[0]), text)
    else:
        text = re.sub(r"([^A-Za-z0-9_\-.,:+/@\n])", r"\\\1", text).replace("\n", "'\n'") or "''"
    return Scalar(text, text, value.span)


def _at(value: Node, scalar: Scalar) -> Node:
    """An input's value, standing where it is used."""
    if isinstance(value, Scalar):
        start = scalar.place(0)
        return Scalar(value.value, value.text, scalar.span, scalar.style, None, lambda _: start)
    return value


def _locator(scalar: Scalar, pieces: Items[tuple[int, int, bool]]) -> Callable[[int], Place]:
    starts = [piece[0] for piece in pieces]

    def locate(offset: int) -> Place:
        new, old, copied = pieces[max(bisect_right(starts, offset) - 1, 0)]
        return scalar.place(old + offset - new if copied else old)

    return locate
