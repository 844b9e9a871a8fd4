"""`spec:inputs` and `$[[ inputs.x | function ]]`, filled in as GitLab fills them in."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as Items

    from bot.documents.location import Place

_BLOCK: Final = re.compile(r"\$\[\[\s*(?P<body>[^\]]{1,1024}?)\s*\]\]")
_INPUT: Final = re.compile(r"inputs\.(?P<name>[\w-]+)$")
_TRUNCATE: Final = re.compile(r"truncate\(\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)$")
_NAMED: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Header:
    """A file's `spec:inputs` and its content. `declared` maps each input to its default, None where it has none."""

    content: Node | None
    declared: dict[str, Node | None]


def split_header(documents: tuple[Node, ...]) -> Header:
    """The content of a file and the inputs that its header declares: two documents, the first with `spec:`."""
    if len(documents) > 1 and isinstance(documents[0], Mapping) and "spec" in documents[0]:
        inputs = documents[0].get("spec", "inputs")
        declared = {}
        if isinstance(inputs, Mapping):
            for name, entry in inputs.entries.items():
                declared[name] = entry.value.get("default") if isinstance(entry.value, Mapping) else None
        return Header(documents[1], declared)
    first = documents[0] if documents else None
    if (
        isinstance(first, Mapping)
        and "spec" in first
        and isinstance(first.get("spec"), Mapping)
        and len(first) == 1
    ):
        return Header(None, {})
    return Header(first, {})


def fill_inputs(header: Header, given: Mapping | None, variables: dict[str, str]) -> Node | None:
    """The content with its inputs filled in: from `given` (`include:inputs`), else defaults.

    What has no value stays as written: it is unknown. `variables` serves `expand_vars`.
    """
    if not header.declared or header.content is None:
        return header.content
    values: dict[str, Node] = {name: node for name, node in header.declared.items() if node is not None}
    if given is not None:
        values |= {name: entry.value for name, entry in given.entries.items() if name in header.declared}
    return _fill(header.content, values, variables)


def _fill(node: Node, values: dict[str, Node], variables: dict[str, str]) -> Node:
    if isinstance(node, Scalar):
        return _fill_scalar(node, values, variables) if "$[[" in node.text else node
    if isinstance(node, Sequence):
        items = tuple(_fill(item, values, variables) for item in node.items)
        return (
            node
            if all(a is b for a, b in zip(items, node.items, strict=True))
            else Sequence(items, node.span, node.tag, node.via)
        )
    entries = {}
    for name, entry in node.entries.items():
        key = _fill(entry.key, values, variables) if "$[[" in name else entry.key
        value = _fill(entry.value, values, variables)
        if not isinstance(key, Scalar):
            key = entry.key
        entries[key.text if key is not entry.key else name] = (
            entry if key is entry.key and value is entry.value else Entry(key, value, entry.via)
        )
    return Mapping(entries, node.span, node.tag)


def _fill_scalar(scalar: Scalar, values: dict[str, Node], variables: dict[str, str]) -> Node:
    whole = _BLOCK.fullmatch(scalar.text)
    if whole:
        name, functions = _parts(whole["body"])
        value = values.get(name) if name else None
        if value is not None and not functions:
            return _at(value, scalar)
    pieces: list[tuple[int, int, bool]] = []  # start in the new text, start in the old, copied
    text = ""
    end = 0
    for match in _BLOCK.finditer(scalar.text):
        filled = _text(match["body"], values, variables)
        if filled is None:
            continue
        pieces += [(len(text), end, True), (len(text) + match.start() - end, match.start(), False)]
        text += scalar.text[end : match.start()] + filled
        end = match.end()
    if not pieces:
        return scalar
    pieces.append((len(text), end, True))
    text += scalar.text[end:]
    return Scalar(text, text, scalar.span, scalar.style, scalar.tag, _locator(scalar, pieces))


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


def _parts(body: str) -> tuple[str | None, list[str]]:
    first, *functions = [part.strip() for part in body.split("|")]
    match = _INPUT.match(first)
    return (match["name"] if match else None), functions


def _text(body: str, values: dict[str, Node], variables: dict[str, str]) -> str | None:
    name, functions = _parts(body)
    value = values.get(name) if name else None
    if value is None:
        return None
    text = _written(value)
    for function in functions:
        cut = _TRUNCATE.match(function)
        if cut:
            text = text[int(cut[1]) : int(cut[1]) + int(cut[2])]
        elif function == "expand_vars":
            text = _NAMED.sub(lambda m: variables.get(m[1] or m[2], m[0]), text)
        elif function == "posix_escape":
            text = re.sub(r"([^A-Za-z0-9_\-.,:+/@\n])", r"\\\1", text)
        else:
            return None
    return text


def _written(value: Node) -> str:
    if isinstance(value, Scalar):
        return "" if value.value is None else value.text
    return str(plain(value)).replace("'", '"')
