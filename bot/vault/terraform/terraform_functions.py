"""Terraform's functions and operators over known values. `None` means: not known here.

Functions: developer.hashicorp.com/terraform/language/functions, checked 2026-11.
"""

from __future__ import annotations

import math
import posixpath
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.documents.globs import matches
from bot.documents.hcl import parse_template
from bot.documents.location import Place, Span
from bot.documents.nodes import Mapping, Node, Scalar, Sequence, Style
from bot.vault.terraform.terraform_collections import COLLECTION_FUNCTIONS, flattened, scalar, texts_of
from bot.vault.terraform.terraform_documents import DOCUMENT_FUNCTIONS
from bot.vault.values import SetValue, is_known, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.documents.hcl_nodes import FunctionCall
    from bot.vault.terraform.scope import ModuleScope

FILE_FUNCTIONS = frozenset({"file", "templatefile"})
FILE_SET = "fileset"


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


def file_set(module: ModuleScope, call: FunctionCall, arguments: list[Node]) -> Node:
    """`fileset(folder, pattern)`: the files of the tree; unknown where none is found, for not every file is read."""
    shown = unknown(f"${{{call.name}(...)}}", call.span)
    texts = texts_of(arguments)
    if texts is None or len(texts) != 2 or "{" in texts[1]:  # noqa: PLR2004 - folder and pattern
        return shown
    folder = posixpath.normpath(texts[0])
    prefix = "" if folder == "." else f"{folder}/"
    names = [name.removeprefix(prefix) for name in module.file_names() if name.startswith(prefix)]
    found = tuple(scalar(name, call.span) for name in sorted(names) if matches(texts[1], name))
    return SetValue(found, call.span) if found else shown


def pairs_of(collection: Node | None) -> list[tuple[Scalar, Node]] | None:
    """What `for` and `for_each` go over, in their order; None where unknown.

    Keys and values of a mapping by their keys, items of a list with their places (0-based), each item of a set as both.
    """
    if isinstance(collection, Mapping):
        return [(entry.key, entry.value) for _, entry in sorted(collection.entries.items())]
    if isinstance(collection, Sequence):
        is_set = isinstance(collection, SetValue)
        return [
            (item if is_set and isinstance(item, Scalar) else Scalar(i, str(i), item.span), item)
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
    plain = [value.value if isinstance(value, Scalar) else None for value in values]
    if operator == "?":
        if not isinstance(plain[0], bool):
            return None
        return values[1] if plain[0] else values[2]
    if operator in {"==", "!="}:
        same = _are_same(values, plain)
        return None if same is None else scalar(same is (operator == "=="), span)
    if any(value is None for value in plain):
        return None
    if all(isinstance(value, bool) for value in plain):
        return _logic(operator, [bool(value) for value in plain], span)
    numbers = [value for value in plain if isinstance(value, int | float) and not isinstance(value, bool)]
    return _arithmetic(operator, numbers, span) if len(numbers) == len(plain) else None


def _are_same(values: list[Node], plain: Iterable[object]) -> bool | None:
    """Whether two values are equal; None where that is not known. Lists and maps are equal to no `null`."""
    nulls = [_is_null(value) for value in values]
    if any(nulls):
        return all(nulls) if all(map(is_known, values)) else None
    if any(value is None for value in plain):
        return None
    left, right = plain
    return left == right and _type(left) is _type(right)


def _type(value: object) -> type:
    """Terraform has one type of numbers."""
    return int if type(value) is float else type(value)


def _is_null(value: Node) -> bool:
    """Whether the value is Terraform's `null`; what is not known may be anything."""
    return isinstance(value, Scalar) and value.value is None and is_known(value)


def _logic(operator: str, values: list[bool], span: Span) -> Node | None:
    if operator == "!":
        return scalar(not values[0], span)
    if operator == "&&":
        return scalar(all(values), span)
    return scalar(any(values), span) if operator == "||" else None


def _arithmetic(operator: str, numbers: list[int | float], span: Span) -> Node | None:
    if len(numbers) == 1:
        return scalar(-numbers[0], span) if operator == "-" else None
    left, right = numbers
    if operator in {"/", "%"} and right == 0:
        return None
    result: dict[str, Callable[[], int | float | bool]] = {
        "+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
        "/": lambda: left / right, "%": lambda: math.fmod(left, right),
        "<": lambda: left < right, ">": lambda: left > right,
        "<=": lambda: left <= right, ">=": lambda: left >= right,
    }  # fmt: skip
    compute = result.get(operator)
    if compute is None:
        return None
    value = compute()
    return scalar(int(value) if isinstance(value, float) and value.is_integer() else value, span)


def _on_text(change: Callable[[str], str]) -> Callable[[list[Node], Span], Node | None]:
    def function(arguments: list[Node], span: Span) -> Node | None:
        texts = texts_of(arguments[:1])
        return None if not texts or len(arguments) != 1 else scalar(change(texts[0]), span)

    return function


def _join(arguments: list[Node], span: Span) -> Node | None:
    texts = texts_of(list(flattened(arguments)))
    return scalar(texts[0].join(texts[1:]), span) if texts else None


def _split(arguments: list[Node], span: Span) -> Node | None:
    texts = texts_of(arguments)
    if texts is None or len(texts) != 2:  # noqa: PLR2004 - separator and text
        return None
    separator, text = texts
    parts = text.split(separator) if separator else list(text)
    return Sequence(tuple(scalar(part, span) for part in parts), span)


def _replace(arguments: list[Node], span: Span) -> Node | None:
    texts = texts_of(arguments)
    if texts is None or len(texts) != 3 or (len(texts[1]) > 1 and texts[1][0] == texts[1][-1] == "/"):  # noqa: PLR2004
        return None
    return scalar(texts[0].replace(texts[1], texts[2]), span)


def _format(arguments: list[Node], span: Span) -> Node | None:
    texts = texts_of(arguments)
    if not texts:
        return None
    pattern, *items = texts
    verbs = re.findall(r"%.", pattern)
    if any(verb not in {"%s", "%d", "%v", "%%"} for verb in verbs):
        return None
    if sum(verb != "%%" for verb in verbs) != len(items):
        return None
    rest = iter(items)
    return scalar(re.sub(r"%.", lambda m: "%" if m[0] == "%%" else next(rest), pattern), span)


def _tostring(arguments: list[Node], span: Span) -> Node | None:
    texts = texts_of(arguments)
    return scalar(texts[0], span) if texts else None


def _tonumber(arguments: list[Node], span: Span) -> Node | None:
    texts = texts_of(arguments)
    return scalar(int(texts[0]), span) if texts and re.fullmatch(r"-?\d+", texts[0]) else None


def _trim(side: str) -> Callable[[list[Node], Span], Node | None]:
    """`trim`, `trimprefix` and `trimsuffix` of a text."""

    def function(arguments: list[Node], span: Span) -> Node | None:
        texts = texts_of(arguments)
        if texts is None or len(texts) != 2:  # noqa: PLR2004 - the text, and what is cut off
            return None
        text, cut = texts
        ways = {"": text.strip(cut), "prefix": text.removeprefix(cut), "suffix": text.removesuffix(cut)}
        return scalar(ways[side], span)

    return function


def _test(holds: Callable[[str, str], bool]) -> Callable[[list[Node], Span], Node | None]:
    def function(arguments: list[Node], span: Span) -> Node | None:
        texts = texts_of(arguments)
        return None if texts is None or len(texts) != 2 else scalar(holds(*texts), span)  # noqa: PLR2004

    return function


def _tobool(arguments: list[Node], span: Span) -> Node | None:
    texts = texts_of(arguments)
    return scalar(texts[0] == "true", span) if texts and texts[0] in {"true", "false"} else None


def _formatlist(arguments: list[Node], span: Span) -> Node | None:
    lists = [len(argument.items) for argument in arguments if isinstance(argument, Sequence)]
    if not lists or len(set(lists)) > 1:
        return None
    rows = [
        [argument.items[index] if isinstance(argument, Sequence) else argument for argument in arguments]
        for index in range(lists[0])
    ]
    made = [_format(row, span) for row in rows]
    known = tuple(node for node in made if node is not None)
    return Sequence(known, span) if len(known) == len(made) else None


FUNCTIONS: dict[str, Callable[[list[Node], Span], Node | None]] = {
    **COLLECTION_FUNCTIONS,
    **DOCUMENT_FUNCTIONS,
    "abspath": _on_text(str),
    "basename": _on_text(lambda text: posixpath.basename(text.rstrip("/")) or "."),
    "chomp": _on_text(lambda text: text.rstrip("\r\n")),
    "dirname": _on_text(lambda text: posixpath.dirname(text) or "."),
    "endswith": _test(str.endswith),
    "format": _format,
    "formatlist": _formatlist,
    "join": _join,
    "lower": _on_text(str.lower),
    "replace": _replace,
    "split": _split,
    "startswith": _test(str.startswith),
    "strcontains": _test(str.__contains__),
    "title": _on_text(lambda text: re.sub(r"\b[a-z]", lambda m: m[0].upper(), text)),
    "tobool": _tobool,
    "tonumber": _tonumber,
    "tostring": _tostring,
    "trim": _trim(""),
    "trimprefix": _trim("prefix"),
    "trimspace": _on_text(str.strip),
    "trimsuffix": _trim("suffix"),
    "upper": _on_text(str.upper),
}
