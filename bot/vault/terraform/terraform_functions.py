"""Terraform's functions and operators over known values. `None` means: not known here.

Functions: developer.hashicorp.com/terraform/language/functions, checked 2026-11.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.hcl import parse_template
from bot.documents.json import parse_json
from bot.documents.location import Place, Span, Unreadable
from bot.documents.nodes import Entry, Mapping, Node, Scalar, Sequence, Style
from bot.vault.values import JsonText, UnknownValue, is_known, json_text, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.documents.hcl_nodes import FunctionCall
    from bot.vault.terraform.scope import ModuleScope

FILE_FUNCTIONS = frozenset({"file", "templatefile"})


def read_file(module: ModuleScope, call: FunctionCall, arguments: list[Node]) -> Node:
    """`file(path)` and `templatefile(path, variables)` of a file in the tree."""
    path_node = arguments[0] if arguments else None
    shown = unknown(f"${{{call.name}(...)}}", call.span)
    if not isinstance(path_node, Scalar):
        return shown
    written = path_node.text.removeprefix("${path.root}/").removeprefix("${path.cwd}/")
    path = posixpath.normpath(written)
    candidates = [path] if written == path_node.text else [path, posixpath.join(module.folder, path)]
    for candidate in [*candidates, posixpath.normpath(posixpath.join(module.folder, path))]:
        text = None if candidate.startswith("..") else module.text_of_file(candidate)
        if text is None:
            continue
        whole = _file_scalar(candidate, text)
        if call.name == "file":
            return whole
        names = arguments[1] if len(arguments) > 1 else None
        bound = {e.key.text: e.value for e in names} if isinstance(names, Mapping) else {}
        template = parse_template(candidate, whole)
        return module.value(template, bound)
    return shown


def pairs_of(collection: Node | None) -> list[tuple[Scalar, Node]] | None:
    """What `for_each` goes over: keys and values of a mapping, or each item as both; None where unknown."""
    if isinstance(collection, Mapping):
        return [(entry.key, entry.value) for entry in collection]
    if isinstance(collection, Sequence):
        return [
            (item if isinstance(item, Scalar) else Scalar(i, str(i), item.span), item)
            for i, item in enumerate(collection)
        ]
    return None


def _file_scalar(path: str, text: str) -> Scalar:
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    end = Place(len(starts), len(text) - starts[-1] + 1)

    def locate(offset: int) -> Place:
        line = bisect_right(starts, offset)
        return Place(line, offset - starts[line - 1] + 1)

    return Scalar(text, text, Span(path, 1, 1, *end), Style.LITERAL, None, locate)


def operate(operator: str, values: list[Node], span: Span) -> Node | None:
    """The result of an operator, or None."""
    plain = [value.value if isinstance(value, Scalar) and is_known(value) else None for value in values]
    if operator == "?":
        if not isinstance(plain[0], bool):
            return None
        return values[1] if plain[0] else values[2]
    if any(value is None for value in plain):
        return None
    if operator in {"==", "!="}:
        same = plain[0] == plain[1] and type(plain[0]) is type(plain[1])
        return _scalar(same is (operator == "=="), span)
    if all(isinstance(value, bool) for value in plain):
        return _logic(operator, [bool(value) for value in plain], span)
    numbers = [value for value in plain if isinstance(value, int | float) and not isinstance(value, bool)]
    return _arithmetic(operator, numbers, span) if len(numbers) == len(plain) else None


def _logic(operator: str, values: list[bool], span: Span) -> Node | None:
    if operator == "!":
        return _scalar(not values[0], span)
    if operator == "&&":
        return _scalar(all(values), span)
    return _scalar(any(values), span) if operator == "||" else None


def _arithmetic(operator: str, numbers: list[int | float], span: Span) -> Node | None:
    if len(numbers) == 1:
        return _scalar(-numbers[0], span) if operator == "-" else None
    left, right = numbers
    if operator in {"/", "%"} and right == 0:
        return None
    result: dict[str, Callable[[], int | float | bool]] = {
        "+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
        "/": lambda: left / right, "%": lambda: left % right,
        "<": lambda: left < right, ">": lambda: left > right,
        "<=": lambda: left <= right, ">=": lambda: left >= right,
    }  # fmt: skip
    compute = result.get(operator)
    if compute is None:
        return None
    value = compute()
    return _scalar(int(value) if isinstance(value, float) and value.is_integer() else value, span)


def _scalar(value: str | float, span: Span) -> Scalar:  # bool is an int
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Scalar(value, text, span)


def _texts(nodes: list[Node]) -> list[str] | None:
    """The texts of known scalars, lists flattened; None where one is not known."""
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, Sequence):
            inner = _texts(list(node.items))
            if inner is None:
                return None
            texts += inner
        elif isinstance(node, Scalar) and is_known(node) and node.value is not None:
            texts.append(node.text)
        else:
            return None
    return texts


def _on_text(change: Callable[[str], str]) -> Callable[[list[Node], Span], Node | None]:
    def function(arguments: list[Node], span: Span) -> Node | None:
        texts = _texts(arguments[:1])
        return None if not texts or len(arguments) != 1 else _scalar(change(texts[0]), span)

    return function


def _join(arguments: list[Node], span: Span) -> Node | None:
    texts = _texts(arguments)
    if not texts:
        return None
    separator, *items = texts
    text = separator.join(items)
    return _scalar(text, span)


def _split(arguments: list[Node], span: Span) -> Node | None:
    texts = _texts(arguments)
    if texts is None or len(texts) != 2:  # noqa: PLR2004 - separator and text
        return None
    return Sequence(tuple(_scalar(part, span) for part in texts[1].split(texts[0] or None)), span)


def _replace(arguments: list[Node], span: Span) -> Node | None:
    texts = _texts(arguments)
    if texts is None or len(texts) != 3 or (len(texts[1]) > 1 and texts[1][0] == texts[1][-1] == "/"):  # noqa: PLR2004
        return None
    return _scalar(texts[0].replace(texts[1], texts[2]), span)


def _format(arguments: list[Node], span: Span) -> Node | None:
    texts = _texts(arguments)
    if not texts:
        return None
    pattern, *items = texts
    verbs = re.findall(r"%.", pattern)
    if any(verb not in {"%s", "%d", "%v", "%%"} for verb in verbs):
        return None
    if sum(verb != "%%" for verb in verbs) != len(items):
        return None
    rest = iter(items)
    return _scalar(re.sub(r"%.", lambda m: "%" if m[0] == "%%" else next(rest), pattern), span)


def _merge(arguments: list[Node], span: Span) -> Node | None:
    entries: dict[str, Entry] = {}
    for argument in arguments:
        if isinstance(argument, Mapping):
            entries.update(argument.entries)
        elif isinstance(argument, UnknownValue) or not isinstance(argument, Scalar):
            # Part of the map is known, part is not: recognised by a key that nobody can write.
            key = argument if isinstance(argument, Scalar) else unknown("${...}", span)
            entries[key.text] = Entry(key, unknown(key.text, span))
    return Mapping(entries, span)


def _concat(arguments: list[Node], span: Span) -> Node | None:
    items: list[Node] = []
    for argument in arguments:
        items += argument.items if isinstance(argument, Sequence) else (argument,)
    return Sequence(tuple(items), span)


def _flatten(arguments: list[Node], span: Span) -> Node | None:
    items: list[Node] = []

    def add(node: Node) -> None:
        if isinstance(node, Sequence):
            for item in node.items:
                add(item)
        else:
            items.append(node)

    for argument in arguments:
        add(argument)
    return Sequence(tuple(items), span)


def _distinct(arguments: list[Node], span: Span) -> Node | None:
    items = arguments[0].items if arguments and isinstance(arguments[0], Sequence) else None
    if items is None:
        return None
    unique: dict[object, Node] = {}
    for item in items:
        unique.setdefault(item.text if isinstance(item, Scalar) else id(item), item)
    return Sequence(tuple(unique.values()), span)


def _compact(arguments: list[Node], span: Span) -> Node | None:
    items = arguments[0].items if arguments and isinstance(arguments[0], Sequence) else None
    if items is None:
        return None
    kept = (
        i
        for i in items
        if isinstance(i, UnknownValue) or not isinstance(i, Scalar) or (i.value not in {None, ""})
    )
    return Sequence(tuple(kept), span)


def _same(arguments: list[Node], _span: Span) -> Node | None:
    return arguments[0] if len(arguments) == 1 else None


def _tostring(arguments: list[Node], span: Span) -> Node | None:
    texts = _texts(arguments)
    return _scalar(texts[0], span) if texts else None


def _tonumber(arguments: list[Node], span: Span) -> Node | None:
    texts = _texts(arguments)
    return _scalar(int(texts[0]), span) if texts and re.fullmatch(r"-?\d+", texts[0]) else None


def _first_known(arguments: list[Node], _span: Span) -> Node | None:
    """`try` and `coalesce`: an argument that is not known may be the one that counts."""
    for argument in arguments:
        if isinstance(argument, UnknownValue):
            return None
        if not isinstance(argument, Scalar) or argument.value not in {None, ""}:
            return argument
    return None


def _lookup(arguments: list[Node], _span: Span) -> Node | None:
    where, key, *default = arguments if len(arguments) > 1 else (None, None)
    if not isinstance(where, Mapping) or not isinstance(key, Scalar) or not is_known(key):
        return None
    return where.get(key.text) or (default[0] if default else None)


def _keys(arguments: list[Node], span: Span) -> Node | None:
    where = arguments[0] if arguments else None
    if not isinstance(where, Mapping):
        return None
    return Sequence(tuple(entry.key for _, entry in sorted(where.entries.items())), span)


def _values(arguments: list[Node], span: Span) -> Node | None:
    where = arguments[0] if arguments else None
    if not isinstance(where, Mapping):
        return None
    return Sequence(tuple(entry.value for _, entry in sorted(where.entries.items())), span)


def _jsonencode(arguments: list[Node], span: Span) -> Node | None:
    return json_text(arguments[0], span) if len(arguments) == 1 else None


def _jsondecode(arguments: list[Node], _span: Span) -> Node | None:
    text = arguments[0] if arguments else None
    if isinstance(text, JsonText):
        return text.decoded
    if not isinstance(text, Scalar) or not isinstance(text.value, str):
        return None
    read = parse_json(text.span.path, text.text)
    return None if isinstance(read, Unreadable) else read


def _only(arguments: list[Node], _span: Span) -> Node | None:
    items = arguments[0] if arguments else None
    return items.items[0] if isinstance(items, Sequence) and len(items.items) == 1 else None


FUNCTIONS: dict[str, Callable[[list[Node], Span], Node | None]] = {
    "chomp": _on_text(lambda text: text.rstrip("\r\n")),
    "coalesce": _first_known,
    "compact": _compact,
    "concat": _concat,
    "distinct": _distinct,
    "flatten": _flatten,
    "format": _format,
    "join": _join,
    "jsondecode": _jsondecode,
    "jsonencode": _jsonencode,
    "keys": _keys,
    "lookup": _lookup,
    "lower": _on_text(str.lower),
    "merge": _merge,
    "nonsensitive": _same,
    "one": _only,
    "replace": _replace,
    "sensitive": _same,
    "setunion": lambda arguments, span: _distinct([_concat(arguments, span) or arguments[0]], span),
    "sort": _same,
    "split": _split,
    "tolist": _same,
    "tomap": _same,
    "tonumber": _tonumber,
    "toset": _distinct,
    "tostring": _tostring,
    "trimspace": _on_text(str.strip),
    "try": _first_known,
    "upper": _on_text(str.upper),
    "values": _values,
}
