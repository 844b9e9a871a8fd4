"""`$[[ inputs.x | function ]]`, filled in as GitLab fills it in."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from bot.documents.location import Span
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, is_null
from bot.documents.psych import REFERENCE, UNFILLED
from bot.lazy import dataclass, regex
from bot.pipeline.input_functions import called, is_of_matrix, parts_of, replaced
from bot.pipeline.input_rules import settled
from bot.pipeline.input_values import reached
from bot.pipeline.model import is_foreign
from bot.pipeline.specs import (
    Input,
    NotAccepted,
    accepted,
    check_type,
    coerced_to,
    declared_inputs,
    written,
)
from bot.pipeline.substitution import substituted
from bot.pipeline.validation.headers import first_fault_of_header

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as Dict

    Refuse = Callable[[Span, str], None]
    """where, and why, GitLab refuses the pipeline"""

_BLOCK: Final = regex(r"\$\[\[[\t\n\f\r ]*(?P<body>[^\t\n\f\r ].{0,2000}?[^\t\n\f\r ])[\t\n\f\r ]*\]\]")
_MOST_OF_BLOCK: Final = 4_000
"""characters, with the blanks at both ends"""
_NOWHERE: Final = Span("", 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Header:
    """A file's content and the inputs that its header declares; `declared` is None where it has no header."""

    content: Node | None
    declared: dict[str, Input] | None = None
    node: Mapping | None = None
    """the header itself"""
    knows_all: bool = True
    """False: further inputs are in files (`spec:include`) that were not read"""

    @property
    def of_component(self) -> frozenset[str]:
        """What the content may ask of the component that it is (`spec:component`)."""
        named = self.node.get("spec", "component") if self.node is not None else None
        return (
            frozenset(each.text for each in named if isinstance(each, Scalar))
            if isinstance(named, Sequence)
            else frozenset()
        )


@dataclass(frozen=True, slots=True)
class IncludeCall:
    """An include that brings a file in, with what it gives it. `name` is the file's."""

    at: Span
    given: Mapping | None
    name: str
    component: Dict[str, str] = field(default_factory=dict)
    """what a component knows of itself: its name, and the reference by which it is included"""


def split_header(documents: tuple[Node, ...]) -> Header:
    """The content of a file, and the inputs that its header declares: of several documents the first, with `spec:`."""
    first = documents[0] if documents else None
    if isinstance(first, Mapping) and "spec" in first and len(documents) > 1:
        return Header(documents[-1], declared_inputs(first), first)
    return Header(first)


def check_header(header: Header, call: IncludeCall | None, refuse: Refuse) -> None:
    """Refuse a header that GitLab does not accept."""
    fault = first_fault_of_header(header.node) if header.node is not None else None
    if fault is not None:
        refuse(fault.node.span, f"{_of(call)}{fault.words}")


def fill_inputs(
    header: Header, call: IncludeCall | None, variables: dict[str, str], refuse: Refuse
) -> Node | None:
    """The content with its inputs filled in: from the include that brings it in, else defaults.

    What has no value stays as written: it is unknown. A call that GitLab refuses is refused at the include, and the
    content still read, with what there is. `variables` serves `expand_vars`.
    """
    if header.declared is None:
        if call is not None and call.given is not None and len(call.given):
            words = "Given inputs not defined in the `spec` section of the included configuration file"
            refuse(call.at, f"`{call.name}`: {words}")
        return header.content
    values = _values(header, header.declared, call, refuse)
    if header.content is None:
        return None
    return _Filler(header, values, call, variables, refuse).fill(header.content)


def _values(
    header: Header, declared: dict[str, Input], call: IncludeCall | None, refuse: Refuse
) -> dict[str, Node]:
    """The value of each input that has one. What is wrong is refused in the order in which GitLab says it."""
    values: dict[str, Node] = {}
    where = _of(call)
    given = call.given.entries if call is not None and call.given is not None else {}
    unknown = ", ".join(name for name in given if name not in declared)
    if unknown and call is not None and header.knows_all:
        refuse(call.at, f"{where}unknown input arguments: {unknown}")
    known: dict[str, Node | None] = {name: entry.value for name, entry in given.items()}
    for each in declared.values():
        entry = given.get(each.name)
        own = None if entry is None or is_null(entry.value) or _is_left_open(each, entry.value) else entry
        value = _value(each, own, call, known, refuse)
        known[each.name] = value
        if value is not None:
            values[each.name] = value
    return values


def _is_left_open(declared: Input, value: Node) -> bool:
    """Whether an input with rules is given the empty text, which stands for nothing."""
    return declared.rules is not None and isinstance(value, Scalar) and value.value == ""


def _value(
    declared: Input,
    own: Entry | None,
    call: IncludeCall | None,
    known: Dict[str, Node | None],
    refuse: Refuse,
) -> Node | None:
    """The value of an input: `own`, which the include gives, else its default; None where nobody knows it."""
    where = _of(call)
    try:
        check_type(declared)
    except NotAccepted as fault:
        refuse(declared.key.span, f"{where}{fault}")
    found = settled(declared, known)
    if call is not None and own is None and declared.is_required:
        # The name is in a file that the reader may not see.
        shown = "an" if is_foreign(declared.key.span.path) else f"`{declared.name}`"
        refuse(call.at, f"{where}{shown} input: required value has not been provided")
    default = None
    if found.default is not None and not is_null(found.default):
        default = _accepted(
            declared, found.default, "default", found.options, declared.key.span, where, refuse
        )
    if own is not None and call is not None:
        at = own.key.span if own.key.span.path == call.at.path else call.at
        return _accepted(declared, own.value, "provided", found.options, at, where, refuse)
    if default is not None or declared.is_required or not found.is_known:
        return default
    return coerced_to(declared.type, Scalar(None, "", declared.key.span))


def _of(call: IncludeCall | None) -> str:
    return "" if call is None else f"`{call.name}`: "


def _accepted(
    declared: Input, value: Node, which: str, options: Sequence | None, at: Span, where: str, refuse: Refuse
) -> Node:
    try:
        return accepted(declared, value, which, options)
    except NotAccepted as fault:
        refuse(at, f"{where}{fault}")
        return value


class _Filler:
    """Puts values into the content, in place of `$[[ inputs.name ]]`."""

    def __init__(
        self,
        header: Header,
        values: dict[str, Node],
        call: IncludeCall | None,
        variables: dict[str, str],
        refuse: Refuse,
    ) -> None:
        self._declared = header.declared or {}
        self._knows_all = header.knows_all
        self._of_component = header.of_component
        self._values = values
        known = call.component.items() if call is not None else ()
        self._component = {f"component.{name}": Scalar(text, text, _NOWHERE) for name, text in known}
        self._variables = variables
        self._refuse = refuse

    def fill(self, node: Node) -> Node:
        """`node` with its blocks filled; the same object where it holds none."""
        if isinstance(node, Scalar):
            return self._scalar(node) if "$[[" in node.text else node
        if isinstance(node, Sequence):
            return node if node.tag == REFERENCE else self._items(node)
        entries: dict[str, Entry] = {}
        for name, entry in node.entries.items():
            key = self.fill(entry.key) if "$[[" in name else entry.key
            value = self.fill(entry.value)
            if key is entry.key:
                entries[name] = entry if value is entry.value else Entry(key, value, entry.via)
            else:
                text = written(key)
                entries[text] = Entry(
                    key if isinstance(key, Scalar) else Scalar(text, text, key.span), value, entry.via
                )
        return Mapping(entries, node.span, node.tag)

    def _items(self, node: Sequence) -> Sequence:
        """The list with its blocks filled; a list in the place of one of its texts is spread out in it."""
        items: list[Node] = []
        is_same = True
        for item in node.items:
            filled = self.fill(item)
            is_same &= filled is item
            items += filled.items if isinstance(item, Scalar) and isinstance(filled, Sequence) else (filled,)
        return node if is_same else Sequence(tuple(items), node.span, node.tag, node.via)

    def _scalar(self, scalar: Scalar) -> Node:
        whole = _BLOCK.match(scalar.text)
        if whole is not None and whole.end() == len(scalar.text):
            if is_of_matrix(whole["body"]):
                return scalar
            value = self._value(whole["body"], scalar)
            return _unfilled(scalar) if value is None else _at(value, scalar)
        blocks = (match for match in _blocks(scalar.text) if not is_of_matrix(match["body"]))
        found = [(match, self._value(match["body"], scalar)) for match in blocks]
        texts = [(match, written(value)) for match, value in found if value is not None]
        tag = scalar.tag if len(texts) == len(found) else UNFILLED
        if any("\\" in text or "$[[" in text for _, text in texts):
            text = replaced(scalar.text, [(match[0], text) for match, text in texts])
            return substituted(scalar, [(0, len(scalar.text), text)], tag)
        if not texts:
            return _unfilled(scalar) if found else scalar
        return substituted(scalar, [(match.start(), match.end(), text) for match, text in texts], tag)

    def _value(self, body: str, scalar: Scalar) -> Node | None:
        """What a block stands for; None where that is not known, or GitLab refuses the block, which is reported."""
        access, *functions = parts_of(body)
        try:
            return self._result(access, functions)
        except NotAccepted as fault:
            self._refuse(scalar.span, f"`$[[ {access} ]]`: {fault}")
            return None

    def _result(self, access: str, functions: list[str]) -> Node | None:
        root, _, name = access.partition(".")
        if root == "component" and name not in self._of_component:
            raise NotAccepted(f"unknown input name provided: `{name}` in `{access}`")
        value: Node | None = self._component.get(access)
        if value is None:
            value = reached(access, self._declared, self._values, knows_all=self._knows_all)
        return called(functions, value, self._variables)


def _blocks(text: str) -> Iterator[re.Match[str]]:
    """The blocks of a text. An opening without an end nearby is passed over at once: a file may hold thousands."""
    start = text.find("$[[")
    while start >= 0:
        end = text.find("]]", start, start + _MOST_OF_BLOCK)
        block = _BLOCK.match(text, start) if end >= 0 else None
        if block is not None:
            yield block
        start = text.find("$[[", block.end() if block is not None else start + 1)


def _unfilled(scalar: Scalar) -> Scalar:
    return Scalar(scalar.value, scalar.text, scalar.span, scalar.style, UNFILLED, scalar.locate)


def _at(value: Node, scalar: Scalar) -> Node:
    """An input's value, standing where it is used."""
    if isinstance(value, Scalar):
        start = scalar.place(0)
        return Scalar(value.value, value.text, scalar.span, scalar.style, None, lambda _: start)
    return value
