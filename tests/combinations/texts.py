"""YAML as people write it."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z_$./][\w$./@:=+-]*(?<!:)")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


def yaml(node: object, indent: int = 0) -> str:
    """The node as people write it: blocks, quotes where they are needed."""
    pad = "  " * indent
    if isinstance(node, dict) and node:
        return "".join(f"{pad}{yaml_word(key)}:{_below(value, indent + 1)}" for key, value in node.items())
    if isinstance(node, list) and node:
        return "".join(f"{pad}-{_item(value, indent + 1)}" for value in node)
    return f"{pad}{yaml_word(node)}\n"


def yaml_word(value: object) -> str:
    """A scalar, plain where that reads as the same."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value)


def _below(value: object, indent: int) -> str:
    return (
        f"\n{yaml(value, indent)}" if isinstance(value, dict | list) and value else f" {yaml_word(value)}\n"
    )


def _item(value: object, indent: int) -> str:
    return (
        f" {yaml(value, indent).lstrip(' ')}"
        if isinstance(value, dict | list) and value
        else f" {yaml_word(value)}\n"
    )
