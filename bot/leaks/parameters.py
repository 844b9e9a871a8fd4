"""What the operators of a parameter expansion make of a value: `${X%%:*}`, `${X/a/b}`, `${X:0:4}`, `${X@Q}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.leaks.values import EMPTY, Form, Value, changed, either, merged

if TYPE_CHECKING:
    from bot.documents.shell_nodes import Word

DEFAULTING: Final = frozenset({":-", "-", ":=", "="})
REPLACING_SET: Final = frozenset({":+", "+"})
CHECKING: Final = frozenset({":?", "?"})
_STRIPPING: Final = frozenset({"%", "%%", "#", "##"})
_HIDES_ALL: Final = frozenset(
    {"?", "*", "[^ ]", "[[:print:]]", "[[:graph:]]", "[a-zA-Z0-9]", "[A-Za-z0-9]", "[!x]"}
)


def needs_default(value: Value) -> bool:
    """Whether the word behind `:-` may be used: the value is not known to be set."""
    if value.secrets and all(flow.source.origin != "named" for flow in value.secrets):
        return False
    return not value.text


def defaulted(value: Value, fallback: Value, *, is_set: bool) -> Value:
    """`${X:-fallback}`."""
    return fallback if value.text == "" and is_set else either(value, fallback)


def transformed(operator: str, value: Value, argument: Value, word: Word | None) -> Value:
    """The value after an operator that cuts or changes it; `argument` is what `word` behind it expands to."""
    if operator == ":":
        return Value(None, () if _is_empty_slice(word) else changed(value.flows, Form.PART))
    if operator in _STRIPPING:
        return _stripped(operator, value, argument)
    if operator.startswith("/"):
        return _replaced(operator, value, argument)
    if operator.startswith("@") and operator != "@Q":
        return value
    return Value(None, changed(value.flows, Form.CHANGED))


def expands_argument(operator: str) -> bool:
    """Whether the word behind the operator is expanded: an offset is not."""
    return operator in _STRIPPING or operator.startswith("/")


def _stripped(operator: str, value: Value, pattern: Value) -> Value:
    if value.text is not None and pattern.text is not None and not value.secrets:
        return Value(_strip(operator, value.text, pattern.text), value.flows)
    if pattern.text == "*" and len(operator) == 2:  # noqa: PLR2004 - %% and ##
        return EMPTY
    return Value(None, changed(value.flows, Form.PART))


def _replaced(operator: str, value: Value, text: Value) -> Value:
    if text.text is not None and value.text is not None and not value.secrets:
        old, _, new = text.text.partition("/")
        if not set(old) & set("*?["):
            return Value(value.text.replace(old, new, -1 if operator == "//" else 1), value.flows)
    pattern = (text.text or "").partition("/")[0]
    if (operator == "//" and pattern in _HIDES_ALL) or pattern == "*":
        return Value(None, text.flows)
    return Value(None, merged((*changed(value.flows, Form.CHANGED), *text.flows)))


def _is_empty_slice(argument: Word | None) -> bool:
    return argument is not None and re.fullmatch(r"\s*\d+\s*:\s*0+\s*", argument.literal or "") is not None


def _strip(operator: str, text: str, pattern: str) -> str | None:
    """The text without its longest or shortest start or end that matches; None where that is not known."""
    if set(pattern) & set("?[") or pattern.count("*") > 1:
        return None
    before, star, after = pattern.partition("*")
    if operator.startswith("%"):
        if not star:
            return text.removesuffix(pattern)
        at = text.find(before) if operator == "%%" else text.rfind(before)
        return None if after else text[:at] if at >= 0 else text
    if not star:
        return text.removeprefix(pattern)
    at = text.rfind(after) if operator == "##" else text.find(after)
    return None if before else text[at + len(after) :] if at >= 0 else text
