"""`$[[ inputs.x | function ]]`, filled in as GitLab fills it in."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from bot.documents.location import Span
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, is_null
from bot.documents.psych import REFERENCE, UNFILLED
from bot.lazy import dataclass, regex
from bot.pipeline.input_values import defaults_of_rules, reached
from bot.pipeline.model import is_foreign
from bot.pipeline.specs import Input, NotAccepted, accepted, check_type, declared_inputs, written
from bot.pipeline.substitution import substituted
from bot.pipeline.validation.headers import first_fault_of_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Dict

    Refuse = Callable[[Span, str], None]
    """where, and why, GitLab refuses the pipeline"""

_BLOCK: Final = regex(r"\$\[\[\s*(?P<body>\S.{0,2000}?\S)\s*\]\]", re.ASCII)
_TRUNCATE: Final = regex(r"truncate\(\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)?$")
_SPLIT: Final = regex(r"split\('([^']*)'\)$")
_MAX_FUNCTIONS: Final = 3
_NOWHERE: Final = Span("", 0, 0, 0, 0)
_NAMED: Final = regex(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Header:
    """A file's content and the inputs that its header declares; `declared` is None where it has no header."""

    content: Node | None
    declared: dict[str, Input] | None = None
    node: Mapping | None = None
    """the header itself"""
    knows_all: bool = True
    """False: further inputs are in files (`spec:include`) that were not read"""


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
    if header.node is not None:
        fault = first_fault_of_header(header.node)
        if fault is not None:
            refuse(fault.node.span, f"{_of(call)}{fault.words}")
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
    for each in declared.values():
        entry = given.get(each.name)
        if each.default is None and entry is None:
            try:
                check_type(each)
            except NotAccepted as fault:
                refuse(each.key.span, f"{where}{fault}")
        if each.default is not None:
            values[each.name] = _accepted(each, each.default, "default", each.key.span, where, refuse)
        if call is None:
            continue
        if entry is not None and not is_null(entry.value):
            at = entry.key.span if entry.key.span.path == call.at.path else call.at
            values[each.name] = _accepted(each, entry.value, "provided", at, where, refuse)
        elif each.is_required:
            # The name is in a file that the reader may not see.
            shown = "an" if is_foreign(each.key.span.path) else f"`{each.name}`"
            refuse(call.at, f"{where}{shown} input: required value has not been provided")
    defaults_of_rules(declared, values)
    return values


def _of(call: IncludeCall | None) -> str:
    return "" if call is None else f"`{call.name}`: "


def _accepted(declared: Input, value: Node, which: str, at: Span, where: str, refuse: Refuse) -> Node:
    try:
        return accepted(declared, value, which)
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
            value = self._value(whole["body"], scalar)
            return _unfilled(scalar) if value is None else _at(value, scalar)
        parts = []
        is_filled = True
        for match in _BLOCK.finditer(scalar.text):
            value = self._value(match["body"], scalar)
            if value is None:
                is_filled = False
            else:
                parts.append((match.start(), match.end(), written(value)))
        if not parts:
            return scalar if is_filled else _unfilled(scalar)
        return substituted(scalar, parts, scalar.tag if is_filled else UNFILLED)

    def _value(self, body: str, scalar: Scalar) -> Node | None:
        """What a block stands for; None where that is not known, or GitLab refuses the block, which is reported."""
        access, *functions = [part.strip() for part in body.split("|")]
        try:
            return self._result(access, functions)
        except NotAccepted as fault:
            self._refuse(scalar.span, f"`$[[ {access} ]]`: {fault}")
            return None

    def _result(self, access: str, functions: list[str]) -> Node | None:
        value: Node | None = self._component.get(access)
        if value is None:
            value = reached(access, self._declared, self._values, knows_all=self._knows_all)
        if len(functions) > _MAX_FUNCTIONS:
            raise NotAccepted("too many functions in interpolation block")
        for function in functions:
            value = applied(function, value, self._variables)
        return value


def applied(function: str, value: Node | None, variables: dict[str, str]) -> Node | None:
    """What an interpolation function makes of `value`; None where the value is not known.

    After gitlabhq `lib/gitlab/ci/config/interpolation/functions/*.rb`, read 2026-11.

    Raises:
        NotAccepted: GitLab knows no such function, or it cannot be used with this value.
    """
    cut, split = _TRUNCATE.match(function), _SPLIT.match(function)
    if not (cut or split or function in {"expand_vars", "posix_escape", "posix_quote"}):
        words = "check that the function name, arguments, and types are correct"
        raise NotAccepted(f"no function matching `{function.partition('(')[0]}`: {words}")
    if value is None:
        return None
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        name = function.partition("(")[0]
        raise NotAccepted(
            f"error in `{name}` function: invalid input type: {name} can only be used with string inputs"
        )
    text = value.text
    if split:
        if not split[1]:
            raise NotAccepted("error in `split` function: the separator is empty")
        parts = [part.strip() for part in text.split(split[1])]
        return Sequence(tuple(Scalar(part, part, value.span) for part in parts if part), value.span)
    if cut:
        text = text[int(cut[1]) : int(cut[1]) + int(cut[2])]
    elif function == "expand_vars":
        text = _NAMED.sub(lambda m: variables.get(m[1] or m[2], m[0]), text)
    else:
        text = re.sub(r"([^A-Za-z0-9_\-.,:+/@\n])", r"\\\1", text).replace("\n", "'\n'") or "''"
    return Scalar(text, text, value.span)


def _unfilled(scalar: Scalar) -> Scalar:
    return Scalar(scalar.value, scalar.text, scalar.span, scalar.style, UNFILLED, scalar.locate)


def _at(value: Node, scalar: Scalar) -> Node:
    """An input's value, standing where it is used."""
    if isinstance(value, Scalar):
        start = scalar.place(0)
        return Scalar(value.value, value.text, scalar.span, scalar.style, None, lambda _: start)
    return value
