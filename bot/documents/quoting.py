"""How a value is written: in YAML and JSON, with the quotes that its neighbours use where any will do."""

from __future__ import annotations

import json
from typing import Final, TypeAlias

from bot.documents.location import Unreadable
from bot.documents.nodes import Scalar, Sequence, Style
from bot.documents.yaml import parse_yaml
from bot.lazy import regex

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
"""What an edit can write."""

_PLAIN_ENOUGH: Final = regex(r"[A-Za-z0-9_./$][^\n\r\t\"'\\]*")
# YAML 1.1 readers other than Psych take these for booleans.
_BOOLEANS_ELSEWHERE: Final = frozenset({"y", "Y", "n", "N"})
_PRINTABLE_LINE: Final = regex(r"[^\x00-\x1f\x7f\x85\u2028\u2029\ufeff]*")


def json_text(value: Value) -> str:
    """`value` as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def yaml_text(value: Value, style: Style = Style.PLAIN, *, in_flow: bool = False) -> str:
    """`value` as YAML on one line; a string in `style` (plain, single, double) where that reads back."""
    if isinstance(value, str):
        return _string(value, style, in_flow=in_flow)
    if isinstance(value, list):
        return "[" + ", ".join(yaml_text(item, in_flow=True) for item in value) + "]"
    if isinstance(value, dict):
        pairs = (
            f"{yaml_text(key, in_flow=True)}: {yaml_text(item, in_flow=True)}" for key, item in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    return json.dumps(value)


def yaml_lines(key: str | None, value: Value, indent: int) -> list[str]:
    """The lines (without endings) of `key: value`, or of the item `- value`, behind `indent` blanks."""
    pad = " " * indent
    head = f"{pad}-" if key is None else f"{pad}{yaml_text(key)}:"
    if isinstance(value, dict) and value:
        lines = [line for name, item in value.items() for line in yaml_lines(name, item, indent + 2)]
        return [head, *lines] if key is not None else [f"{head} {lines[0].lstrip()}", *lines[1:]]
    if isinstance(value, list) and value and key is not None:
        return [head, *(line for item in value for line in yaml_lines(None, item, indent + 2))]
    return [f"{head} {yaml_text(value)}"]


def requoted(text: str, style: Style, *, as_json: bool = False) -> str | None:
    """A part of a string as it must be inside a scalar of `style`; None where it cannot be there."""
    if as_json or style is Style.DOUBLE:
        return json.dumps(text, ensure_ascii=False)[1:-1]
    if "\n" in text and style in {Style.PLAIN, Style.SINGLE}:
        return None
    return text.replace("'", "''") if style is Style.SINGLE else text


def _string(text: str, style: Style, *, in_flow: bool) -> str:
    if not _PRINTABLE_LINE.fullmatch(text):
        return json.dumps(text)
    if style is Style.SINGLE:
        return "'" + text.replace("'", "''") + "'"
    if style is Style.PLAIN and _reads_back(text, in_flow=in_flow):
        return text
    return json.dumps(text, ensure_ascii=False)


def _reads_back(text: str, *, in_flow: bool) -> bool:
    """Whether `text` without quotes is this string, for Psych and for others."""
    if not _PLAIN_ENOUGH.fullmatch(text) or text in _BOOLEANS_ELSEWHERE:
        return False
    read = parse_yaml("", f"[{text}]\n" if in_flow else f"- {text}\n")
    if isinstance(read, Unreadable) or len(read) != 1 or not isinstance(read[0], Sequence):
        return False
    items = read[0].items
    return len(items) == 1 and isinstance(items[0], Scalar) and items[0].value == text
